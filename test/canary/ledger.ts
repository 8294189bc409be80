/**
 * The secrets that a test run uses, for whoever searches its output at the end. They lie in a directory that nobody else
 * may read, one file for each process, for as long as the run lasts.
 */
import { appendFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import type { Secret } from './search.ts';

/** The environment variable that names the directory. */
const VARIABLE = 'CANARY_LEDGER';

export type Ledger = {
  /** What processes are told that are to note their secrets. */
  readonly env: Readonly<Record<string, string>>;
  /** All that was noted so far, each secret once. */
  read(): Promise<Secret[]>;
  remove(): Promise<void>;
};

const secretSchema = z.object({ kind: z.string(), value: z.string() });

export async function openLedger(): Promise<Ledger> {
  const dir = await mkdtemp(path.join(tmpdir(), 'canary-')); // of mode 0700
  return {
    env: { [VARIABLE]: dir },
    async read() {
      const files = await readdir(dir);
      const texts = await Promise.all(files.map((file) => readFile(path.join(dir, file), 'utf8')));
      const lines = new Set(texts.flatMap((text) => text.split('\n')).filter(Boolean));
      return [...lines].map((line) => secretSchema.parse(JSON.parse(line)));
    },
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Notes secrets where the environment says; nowhere, where it does not. At once: a test may be killed the next moment. */
export function noteSecrets(secrets: readonly Secret[]): void {
  const dir = process.env[VARIABLE];
  if (dir === undefined) return;
  const lines = secrets.map(({ kind, value }) => `${JSON.stringify({ kind, value })}\n`);
  appendFileSync(path.join(dir, `${process.pid}.jsonl`), lines.join(''), { mode: 0o600 });
}
