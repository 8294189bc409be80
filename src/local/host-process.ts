import { access } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { projectDir } from './bundle.ts';
import { type OwnedProcess, startProcess } from './child-process.ts';

export type HostKind = 'builtin' | 'func';
export type HostProcess = OwnedProcess & { readonly url: string };

const readySchema = z.object({ ready: z.literal(true), url: z.string() });

const POLL_MS = 250;

/** How long Core Tools may take to start: they may have to unpack themselves first. */
const START_PATIENCE_MS = 120_000;

/**
 * Starts a Functions host over the built app and waits until it serves.
 *
 * @param env the app's settings: all that the host gets
 * @param port 0: any free one (the built-in host only)
 * @throws when the host ends before it serves; what it had to say went to its standard error
 */
export async function startHost(
  kind: HostKind,
  { env, port, args = [], dir = projectDir, onOutput, signal }: HostOptions,
): Promise<HostProcess> {
  return kind === 'builtin'
    ? startBuiltinHost({ env, port, args, dir, onOutput, signal })
    : startCoreTools({ env, port, args, dir, onOutput, signal });
}

export type HostOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
  readonly args?: readonly string[];
  /** The folder of the app; this project's, unless said. */
  readonly dir?: string;
  /** Told of all that the host writes; without it, that goes to the terminal. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** Gives up, and ends what was started. */
  readonly signal?: AbortSignal | undefined;
};
type AllHostOptions = Required<HostOptions>;

async function startBuiltinHost({ env, port, args, dir, onOutput }: AllHostOptions): Promise<HostProcess> {
  const main = path.join(projectDir, 'src', 'local', 'host', 'main.ts');
  const host = await startProcess(process.execPath, [main, '--port', String(port), ...args], {
    cwd: dir,
    env,
    stdio: ['ignore', ...outputs(onOutput), 'ipc'],
  });
  listen(host, onOutput);
  const ready = new Promise<string>((resolve) => {
    host.process.once('message', (message) => resolve(readySchema.parse(message).url));
  });
  const url = await Promise.race([ready, host.exited.then(() => undefined)]);
  if (url === undefined) throw new Error('The host ended before it was ready');
  return { ...host, url };
}

async function startCoreTools({ env, port, args, dir, onOutput, signal }: AllHostOptions): Promise<HostProcess> {
  const host = await startProcess('func', ['start', '--port', String(port), ...args], {
    cwd: dir,
    env,
    stdio: ['ignore', ...outputs(onOutput)],
    shell: process.platform === 'win32', // there it is func.cmd
  });
  listen(host, onOutput);
  const url = `http://127.0.0.1:${port}`;
  let ended = false;
  void host.exited.then(() => (ended = true));
  const patience = AbortSignal.any([AbortSignal.timeout(START_PATIENCE_MS), ...(signal ? [signal] : [])]);
  while (!(await answers(`${url}/admin/host/status`))) {
    if (ended || patience.aborted) {
      await host.stop();
      throw new Error(
        `func ${ended ? 'ended' : 'did not answer'} before it was ready. Is it Azure Functions Core Tools?`,
      );
    }
    await delay(POLL_MS);
  }
  return { ...host, url };
}

function outputs(onOutput: HostOptions['onOutput']): ['inherit' | 'pipe', 'inherit' | 'pipe'] {
  return onOutput ? ['pipe', 'pipe'] : ['inherit', 'inherit'];
}

function listen({ process: host }: OwnedProcess, onOutput: HostOptions['onOutput']): void {
  for (const stream of [host.stdout, host.stderr]) stream?.on('data', (chunk) => onOutput?.(String(chunk)));
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false; // not up yet
  }
}

/** Whether Azure Functions Core Tools are on the PATH. */
export async function hasCoreTools(env: NodeJS.ProcessEnv): Promise<boolean> {
  const names = process.platform === 'win32' ? ['func.cmd', 'func.exe'] : ['func'];
  const dirs = (env.PATH ?? env.Path ?? '').split(path.delimiter).filter(Boolean);
  const candidates = dirs.flatMap((dir) => names.map((name) => path.join(dir, name)));
  const found = await Promise.all(
    candidates.map((file) =>
      access(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
