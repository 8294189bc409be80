/** Runs the tests in a process of their own and searches what they print for the secrets that they used. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';
import { assertClean, LeakError, LEDGER } from './canary.ts';
import type { Secret } from './search.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const secretSchema = z.object({ kind: z.string(), value: z.string() });

export type SearchedRun = {
  /** The arguments of Node. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether a run that notes no secret fails, because nothing was searched for. */
  readonly hasSecrets: boolean;
};

/**
 * Runs Node, passes its output on as it comes, and searches it at the end.
 *
 * @returns the exit code: the child's, or 1 if a secret was printed
 */
export async function runSearched({ args, env, hasSecrets }: SearchedRun): Promise<number> {
  const dir = await mkdtemp(path.join(tmpdir(), 'canary-')); // only this user can read it
  const ledger = path.join(dir, 'secrets');
  const colors = process.stdout.isTTY && env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {};
  const child = spawn(process.execPath, args, {
    stdio: ['inherit', 'pipe', 'pipe'],
    env: { ...colors, ...env, [LEDGER]: ledger },
  });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, passOn); // this process stays until it has deleted the secrets
  try {
    let printed = '';
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ] as const) {
      from.setEncoding('utf8').on('data', (text) => {
        printed += String(text);
        to.write(String(text));
      });
    }
    const [code]: unknown[] = await once(child, 'close');
    const isClean = searchOutput(printed, await readLedger(ledger, hasSecrets));
    return isClean && typeof code === 'number' ? code : 1;
  } finally {
    for (const signal of SIGNALS) process.off(signal, passOn);
    await rm(dir, { recursive: true });
  }
}

async function readLedger(file: string, hasSecrets: boolean): Promise<Secret[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const lines = new Set(text.split('\n').filter(Boolean));
  if (hasSecrets && lines.size === 0) throw new Error('No test has noted a secret: the output cannot be searched');
  return [...lines].map((line) => secretSchema.parse(JSON.parse(line)));
}

/** @returns whether the output shows no secret */
function searchOutput(printed: string, secrets: readonly Secret[]): boolean {
  const text = stripVTControlCharacters(printed); // a color code inside a secret hides nothing
  try {
    assertClean(secrets, [{ where: 'the output of the tests', text }]);
  } catch (error) {
    if (!(error instanceof LeakError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return false;
  }
  const megabytes = (text.length / 1_000_000).toFixed(1);
  if (secrets.length > 0) {
    process.stderr.write(`No secret was printed: ${secrets.length} secrets, ${megabytes} MB of output searched.\n`);
  }
  return true;
}
