import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { assertClean, LeakError } from './canary.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { createSearcher, type Secret } from './search.ts';

/** Where output goes: a terminal, a file, or a test. */
export type Out = { write(text: string): unknown; readonly isTTY?: boolean };

export type SearchedRun = {
  /** What Node is to run. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Out;
  readonly stderr: Out;
  /** Whether some secret has to be used: a run that tells of none has not been searched for any. */
  readonly hasSecrets: boolean;
};

/** Passed on: whoever ends the run means the tests, and the secrets that lie about are removed first. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How long output may still come after the process has ended: one of its children may hold the pipe. */
const LAST_WORDS_MS = 5_000;

/**
 * Runs Node, passes its output on as it comes, and searches it for the secrets that its processes have noted.
 *
 * @returns the exit code: its own, or 1 where a secret was printed
 */
export async function runSearched({ args, env, stdout, stderr, hasSecrets }: SearchedRun): Promise<number> {
  const ledger = await openLedger();
  const onSignal = (signal: NodeJS.Signals) => running?.kill(signal);
  let running: ChildProcess | undefined;
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const child = spawn(process.execPath, args, {
      stdio: ['inherit', 'pipe', 'pipe'],
      env: { ...env, ...colours(env, stdout), ...ledger.env },
    });
    running = child;
    const printed = [passOn(child.stdout, stdout), passOn(child.stderr, stderr)];
    const closed = once(child, 'close');
    const [code]: unknown[] = await once(child, 'exit');
    await Promise.race([closed, delay(LAST_WORDS_MS, undefined, { ref: false })]);
    const isClean = tellLeaks(await ledgerOf(ledger, hasSecrets), printed.map((text) => text()).join('\n'), stderr);
    return isClean && typeof code === 'number' ? code : 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    await ledger.remove();
  }
}

async function ledgerOf(ledger: Ledger, hasSecrets: boolean): Promise<Secret[]> {
  const secrets = await ledger.read();
  if (hasSecrets && secrets.length === 0) throw new Error('No test has noted a secret: the output cannot be searched');
  return secrets;
}

/** Says what was searched, or what was found. @returns whether nothing was */
function tellLeaks(secrets: readonly Secret[], printed: string, out: Out): boolean {
  const text = stripVTControlCharacters(printed); // a colour in the middle of a secret hides nothing
  try {
    assertClean(createSearcher(secrets), [{ where: 'the output of the tests', text }]);
    if (secrets.length > 0) {
      const megabytes = (text.length / 1_000_000).toFixed(1);
      out.write(`No secret was printed: ${secrets.length} secrets, ${megabytes} MB of output searched.\n`);
    }
    return true;
  } catch (error) {
    if (!(error instanceof LeakError)) throw error;
    out.write(`${error.message}\n`);
    return false;
  }
}

/** Writes what comes on at once. @returns all of it, when asked */
function passOn(stream: NodeJS.ReadableStream, out: Out): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += String(chunk);
    out.write(String(chunk));
  });
  return () => text;
}

/** Behind a pipe Node would print no colours, though a terminal shows them in the end. */
function colours(env: NodeJS.ProcessEnv, { isTTY = false }: Out): NodeJS.ProcessEnv {
  const isSaid = env.FORCE_COLOR !== undefined || env.NO_COLOR !== undefined || env.NODE_DISABLE_COLORS !== undefined;
  return isTTY && !isSaid ? { FORCE_COLOR: '1' } : {};
}
