/** A Functions host as a process: the built-in one, or Azure Functions Core Tools. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { sleep } from '../sleep.ts';
import { projectDir } from './bundle.ts';
import { type OwnedProcess, startProcess } from './child-process.ts';

export type HostKind = 'builtin' | 'func';
export type HostProcess = OwnedProcess & { readonly url: string };

export type HostOptions = {
  /** The app's settings: the whole environment of the host. */
  readonly env: NodeJS.ProcessEnv;
  /** 0: any free one (the built-in host only). */
  readonly port: number;
  readonly args?: readonly string[];
  /** The folder of the app. Default: this project. */
  readonly dir?: string;
  /** Receives what the host writes. Default: the terminal does. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** Aborts the start. */
  readonly signal?: AbortSignal | undefined;
};

const readySchema = z.object({ ready: z.literal(true), url: z.string() });

const POLL_MS = 250;

/** How long Core Tools may take to start: they may have to unpack themselves first. */
const START_TIMEOUT_MS = 120_000;

/**
 * Starts a Functions host over the built app and waits until it serves.
 *
 * @throws when the host ends before; its standard error says why
 */
export async function startHost(kind: HostKind, options: HostOptions): Promise<HostProcess> {
  return kind === 'builtin' ? startBuiltinHost(options) : startCoreTools(options);
}

async function startBuiltinHost(options: HostOptions): Promise<HostProcess> {
  const main = path.join(projectDir, 'src', 'local', 'host', 'main.ts');
  const host = await spawnHost(process.execPath, [main], options);
  const ready = new Promise<string>((resolve) => {
    host.process.once('message', (message) => resolve(readySchema.parse(message).url));
  });
  const url = await Promise.race([ready, host.exited.then(() => undefined)]);
  if (url === undefined) throw new Error('The host ended before it was ready');
  return { ...host, url };
}

async function startCoreTools(options: HostOptions): Promise<HostProcess> {
  const host = await spawnHost('func', ['start'], options);
  const url = `http://127.0.0.1:${options.port}`;
  const ended = new AbortController();
  void host.exited.then(() => ended.abort());
  const timeout = AbortSignal.timeout(START_TIMEOUT_MS);
  const signal = AbortSignal.any([ended.signal, timeout, ...(options.signal ? [options.signal] : [])]);
  while (!(await isReady(url))) {
    if (signal.aborted) {
      await host.stop();
      const what = ended.signal.aborted ? 'ended' : 'did not answer';
      throw new Error(`func ${what} before it was ready. Is it Azure Functions Core Tools?`);
    }
    await sleep(POLL_MS, signal);
  }
  return { ...host, url };
}

async function spawnHost(
  command: string,
  words: readonly string[],
  { env, port, args = [], dir = projectDir, onOutput }: HostOptions,
): Promise<OwnedProcess> {
  const output = onOutput ? 'pipe' : 'inherit';
  const isFunc = command === 'func';
  const host = await startProcess(command, [...words, '--port', String(port), ...args], {
    cwd: dir,
    env,
    stdio: ['ignore', output, output, ...(isFunc ? [] : ['ipc' as const])],
    shell: isFunc && process.platform === 'win32', // there it is func.cmd
  });
  const { stdout, stderr } = host.process;
  for (const stream of [stdout, stderr]) stream?.on('data', (chunk) => onOutput?.(String(chunk)));
  return host;
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/admin/host/status`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false; // it does not listen yet
  }
}

/** Whether Azure Functions Core Tools are on the PATH. */
export function hasCoreTools(env: NodeJS.ProcessEnv): boolean {
  const names = process.platform === 'win32' ? ['func.cmd', 'func.exe'] : ['func'];
  const dirs = (env.PATH ?? env.Path ?? '').split(path.delimiter).filter(Boolean);
  return dirs.some((dir) => names.some((name) => existsSync(path.join(dir, name))));
}
