import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that was started here, and has to end here. */
export type OwnedProcess = {
  readonly pid: number;
  /** Resolves with the exit code (`null`: ended by a signal), however it came about. */
  readonly exited: Promise<number | null>;
  readonly process: ChildProcess;
  /** Asks it to end, insists after some seconds, and waits for the end. */
  stop(): Promise<void>;
};

const PATIENCE_MS = 35_000; // the built-in host waits up to 30 s for requests under way

/**
 * With `shell` (on Windows, for a .cmd file) arguments may have blanks, and nothing else that means something to a shell.
 *
 * @throws when the program cannot be started at all
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

async function stop(child: ChildProcess, exited: Promise<number | null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  end(child, 'SIGTERM');
  const waited = new AbortController();
  const insist = delay(PATIENCE_MS, undefined, { signal: waited.signal }).then(
    () => end(child, 'SIGKILL'),
    () => undefined, // aborted below: it has ended by itself
  );
  await exited;
  waited.abort();
  await insist;
}

/** Windows has no signals; and where a shell had to start the program, that shell alone would end. */
function end(child: ChildProcess, signal: NodeJS.Signals): void {
  if (process.platform !== 'win32') child.kill(signal);
  else {
    const taskkill = spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' });
    taskkill.once('error', () => child.kill());
  }
}
