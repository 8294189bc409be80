/** A host as a process. Everything it writes and answers is collected, to be searched for secrets and compared to the API. */
import { once } from 'node:events';
import { type HostProcess, startHost } from '../../src/local/host-process.ts';
import { findFreePort } from '../../src/local/ports.ts';
import { type Canary, createCanary } from '../canary/canary.ts';
import { secretsOf } from '../canary/sources.ts';
import { createDescriptionCheck, type DescriptionCheck } from './description-check.ts';

export type RunningHost = HostProcess & {
  /** Everything that the host has written so far. */
  output(): string;
  /** `GET /api/token`, followed by `query`. */
  getToken(query?: string, headers?: Record<string, string>): Promise<Response>;
  /** `POST /api/token/refresh`: the token of this generation was refused. A string is sent as the body. */
  report(generation: number | string, headers?: Record<string, string>): Promise<Response>;
  /** `GET /api/health`. */
  health(): Promise<Response>;
  /** Runs the timer function now, as the host's administrator. @throws unless the host accepts it */
  runTimer(headers?: Record<string, string>): Promise<void>;
};

/** Collects what hosts write and answer. The owner checks it when all of them have stopped. */
export type Watch = { readonly canary: Canary; readonly description: DescriptionCheck };

const hostKind = process.env.E2E_HOST === 'func' ? 'func' : 'builtin';

/** What a process needs to run, and nothing else of this process's environment. */
export function bareEnv(): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, FUNCTIONS_WORKER_RUNTIME: 'node' };
}

/** Starts a single host. `stop` checks what it has written and answered. */
export async function startRunningHost(env: Record<string, string>, args: readonly string[] = []) {
  const watch: Watch = { canary: createCanary(), description: createDescriptionCheck() };
  const host = await startWatchedHost(env, args, watch);
  const stop = async () => {
    await host.stop();
    watch.canary.check();
    watch.description.check();
  };
  return { ...host, stop };
}

/** Starts a host that is watched together with others. */
export async function startWatchedHost(
  env: Record<string, string>,
  args: readonly string[],
  { canary, description }: Watch,
): Promise<RunningHost> {
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

/** Waits until everything that an ended process has written has been read. */
export async function readToTheEnd({ process: { stdout, stderr } }: HostProcess): Promise<void> {
  for (const stream of [stdout, stderr]) if (stream && !stream.closed) await once(stream, 'close');
}
