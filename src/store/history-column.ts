/** The last attempts of a row as a column of its entity, and back. Pure: no I/O, no clock. */
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';
import type { PastAttempt } from './token-store.ts';

const historySchema = z.array(
  z.object({
    at: z.iso.datetime(),
    trigger: z.string(),
    kind: z.enum(['login', 'refresh']),
    outcome: z.string(),
    ms: z.number(),
  }),
);

export function toHistoryColumn(history: readonly PastAttempt[]): string | undefined {
  if (history.length === 0) return undefined;
  return JSON.stringify(history.map(({ atMs, ...attempt }) => ({ at: new Date(atMs).toISOString(), ...attempt })));
}

/** A history that cannot be read is none. */
export function readHistory(column: string | undefined): readonly PastAttempt[] {
  const parsed = historySchema.safeParse(parseJson(column));
  return parsed.success ? parsed.data.map(({ at, ...attempt }) => ({ atMs: Date.parse(at), ...attempt })) : [];
}
