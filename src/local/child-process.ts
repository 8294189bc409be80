import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { sleep } from '../sleep.ts';

/** A process that was started here and has to end here. */
export type OwnedProcess = {
  readonly pid: number;
  /** Resolves with the exit code (`null`: ended by a signal). */
  readonly exited: Promise<number | null>;
  readonly process: ChildProcess;
  /** Asks it to end, kills it after some time, and waits for the end. */
  stop(): Promise<void>;
};

const STOP_TIMEOUT_MS = 35_000; // the built-in host waits up to 30 s for work in progress

/**
 * Starts a program. With `shell` (on Windows, for a .cmd file), arguments may contain blanks but no characters that are
 * special to a shell.
 *
 * @throws when the program cannot be started
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<OwnedProcess> {
  const words = [command, ...args].map((word) => (/\s/.test(word) ? `"${word}"` : word));
  const child = options.shell ? spawn(words.join(' '), options) : spawn(command, args, options);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${command} cannot be started: ${error.message}`)));
  });
  return { pid: child.pid ?? 0, exited, process: child, stop: () => stop(child, exited) };
}

async function stop(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  end(child, 'SIGTERM');
  const timeout = new AbortController();
  await Promise.race([exited, sleep(STOP_TIMEOUT_MS, timeout.signal)]);
  timeout.abort();
  if (child.exitCode === null && child.signalCode === null) end(child, 'SIGKILL');
  await exited;
}

/** Windows has no signals; and if a shell started the program, only the shell would end. */
function end(child: ChildProcess, signal: NodeJS.Signals): void {
  if (process.platform !== 'win32') {
    child.kill(signal);
    return;
  }
  const taskkill = spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' });
  taskkill.once('error', () => child.kill());
}
