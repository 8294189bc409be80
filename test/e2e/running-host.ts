import { createDescriptionCheck, type DescriptionCheck } from './description-check.ts';
import { once } from 'node:events';
import { type HostProcess, startHost } from '../../src/local/host-process.ts';
import { findFreePort } from '../../src/local/ports.ts';
import { type Canary, createCanary } from '../canary/canary.ts';
import { secretsOf } from '../canary/sources.ts';

export type RunningHost = HostProcess & {
  /** All that the host has written so far. */
  output(): string;
  /** `GET /api/token` and what comes after it. */
  getToken(query?: string, headers?: Record<string, string>): Promise<Response>;
  /** `POST /api/token/refresh`: the token of this generation was refused. Text is sent as it is. */
  report(generation: number | string, headers?: Record<string, string>): Promise<Response>;
  /** `GET /api/health`. */
  health(): Promise<Response>;
  /** Runs the timer function now, as the host's administrator. @throws unless the host accepts it */
  runTimer(headers?: Record<string, string>): Promise<void>;
};

const hostKind = process.env.E2E_HOST === 'func' ? 'func' : 'builtin';

export function bareEnv(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, FUNCTIONS_WORKER_RUNTIME: 'node' };
}

/** A host alone: when it is stopped, what it has written is searched for what it was told. */
export async function startRunningHost(
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<RunningHost> {
  const canary = createCanary();
  const description = createDescriptionCheck();
  const host = await startWatchedHost({ env, args, canary, description });
  const stop = async () => {
    await host.stop();
    canary.check();
    description.check();
  };
  return { ...host, stop };
}

/** A host among others: whoever has the canary has it search once they all have stopped. */
export async function startWatchedHost({
  env,
  args,
  canary,
  description,
}: {
  readonly env: Record<string, string>;
  readonly args: readonly string[];
  readonly canary: Canary;
  readonly description: DescriptionCheck;
}): Promise<RunningHost> {
  canary.keep(...secretsOf(env, args));
  const port = hostKind === 'builtin' ? 0 : await findFreePort();
  let output = '';
  canary.watch('the output of a host', () => output);
  const host = await startHost(hostKind, { env, port, args, onOutput: (text) => (output += text) });
  canary.hear('an answer', host.url, description.see);
  return {
    ...host,
    output: () => output,
    async stop() {
      await host.stop();
      await readToTheEnd(host);
    },
    getToken: (query = '', headers = {}) => fetch(`${host.url}/api/token${query}`, { headers }),
    report: (generation, headers = {}) =>
      fetch(`${host.url}/api/token/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof generation === 'string' ? generation : JSON.stringify({ generation }),
      }),
    health: () => fetch(`${host.url}/api/health`),
    async runTimer(headers = {}) {
      const accepted = await fetch(`${host.url}/admin/functions/refreshTokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"input":""}',
      });
      if (accepted.status !== 202) throw new Error(`The host answered ${accepted.status} to a manual run`);
    },
  };
}

/** A process that has ended may have written more than was read of it yet. */
export async function readToTheEnd({ process: { stdout, stderr } }: HostProcess): Promise<void> {
  for (const stream of [stdout, stderr]) if (stream && !stream.closed) await once(stream, 'close');
}
