/** The last attempts of a row as a column of its entity, and back. Pure: no I/O, no clock. */
import * as z from 'zod';
import { toIso } from '../iso-time.ts';
import { parseJson } from '../parse-json.ts';
import { HISTORY_LENGTH, type PastAttempt } from './token-store.ts';

const text = z
  .string()
  .max(32_768)
  .transform((value) => value.slice(0, 80));

const attemptSchema = z.object({
  at: z.iso.datetime(),
  trigger: text,
  kind: z.enum(['login', 'refresh']),
  outcome: text,
  ms: z.int().nonnegative().max(86_400_000),
});

export function toHistoryColumn(history: readonly PastAttempt[]): string | undefined {
  if (history.length === 0) return undefined;
  return JSON.stringify(history.map(({ atMs, ...attempt }) => ({ at: toIso(atMs), ...attempt })));
}

/** Reads the last 48 attempts. One that cannot be read is left out; a history that is not a list is empty. */
export function readHistory(column: string | undefined): readonly PastAttempt[] {
  const parsed = parseJson(column);
  if (!Array.isArray(parsed)) return [];
  return parsed.slice(-HISTORY_LENGTH).flatMap((value: unknown) => {
    const attempt = attemptSchema.safeParse(value);
    if (!attempt.success) return [];
    const { at, ...others } = attempt.data;
    return { atMs: Date.parse(at), ...others };
  });
}
