import { type HostProcess, startHost } from '../../src/local/host-process.ts';
import type { Canary } from '../canary/canary.ts';
import { secretsOf } from '../canary/sources.ts';
import type { DescriptionCheck } from '../e2e/description-check.ts';
import { readToTheEnd } from '../e2e/running-host.ts';
import { type Proxy, type Sighting, startProxy } from './proxy.ts';
import { readGeneration, readWrite } from './requests.ts';

/** A process of the host, from its start to its end. */
export type Incarnation = HostProcess & {
  /** All that it has written so far. */
  output(): string;
  /** It was killed by us: whoever was connected to it lost the connection. */
  isKilled: boolean;
  /** The generations that the table has told it of, and when it did so first. */
  readonly toldAtMs: Map<number, number>;
};

/** One of the instances: a host behind proxies of its own, which outlive it when it is killed and started anew. */
export type Worker = {
  readonly number: number;
  readonly proxies: { readonly store: Proxy; readonly upstream: Proxy };
  /** The process that runs now. */
  living(): Incarnation | undefined;
  /** The lease that its last claim asked for. */
  leaseId(): string | undefined;
  /** SIGKILL: at once, and without a word. */
  kill(): Promise<void>;
  /** Starts a new process in the place of one that was killed. */
  start(): Promise<void>;
  /** SIGSTOP, as when a machine is frozen; `resume` sends SIGCONT. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
};

export type WorkerOptions = {
  readonly number: number;
  readonly storePort: number;
  readonly upstreamPort: number;
  /** What a new process is told, with the ports of its proxies in it. */
  readonly env: (ports: { store: number; upstream: number }) => Record<string, string>;
  /** Told of what any of the hosts sends to Quartile. */
  readonly onSent: (sighting: Sighting) => void;
  /** Takes in what every process writes and answers, from its start to its end. */
  readonly canary: Canary;
  /** Sees every answer. */
  readonly description: DescriptionCheck;
};

/** Starts the proxies and a host behind them. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { number, storePort, upstreamPort, env, onSent } = options;
  let leaseId: string | undefined;
  let host: Incarnation | undefined;
  let isClosed = false;
  const store = await startProxy(
    storePort,
    ({ request }) => {
      const write = readWrite(request);
      if (write?.kind === 'claim') leaseId = write.leaseId;
    },
    (request, answer) => {
      const generation = readGeneration(request, answer);
      if (generation !== undefined && !host?.toldAtMs.has(generation)) host?.toldAtMs.set(generation, Date.now());
    },
  );
  const upstream = await startProxy(upstreamPort, onSent);
  const kill = async () => {
    const victim = host;
    if (!victim) return;
    host = undefined;
    victim.isKilled = true;
    victim.process.kill('SIGKILL');
    await victim.exited;
    await readToTheEnd(victim);
  };
  const start = async () => {
    const started = await startIncarnation(env({ store: store.port, upstream: upstream.port }), options);
    host = started;
    void started.exited.then((code) => {
      if (!started.isKilled) process.stderr.write(`Host ${number} ended by itself (${code}):\n${started.output()}\n`);
    });
    if (isClosed) await kill(); // it was still starting when all were to end
  };
  const close = async () => {
    isClosed = true;
    await kill();
    await Promise.all([store.close(), upstream.close()]);
  };
  const worker: Worker = {
    number,
    proxies: { store, upstream },
    living: () => host,
    leaseId: () => leaseId,
    kill,
    start,
    pause: () => void host?.process.kill('SIGSTOP'),
    resume: () => void host?.process.kill('SIGCONT'),
    close,
  };
  try {
    await start();
    return worker;
  } catch (error) {
    await close();
    throw error;
  }
}

async function startIncarnation(
  env: Record<string, string>,
  { canary, description }: Pick<WorkerOptions, 'canary' | 'description'>,
): Promise<Incarnation> {
  let output = '';
  canary.keep(...secretsOf(env));
  canary.watch('the output of a host', () => output);
  const host = await startHost('builtin', { env, port: 0, onOutput: (text) => (output += text) });
  canary.hear('an answer', host.url, description.see);
  return { ...host, output: () => output, isKilled: false, toldAtMs: new Map() };
}
