import { StoreError } from '../store/token-store.ts';
import type { CallerStore } from './caller-store.ts';
import { addFailure, addUnlessResting, type FailureRows, waitMs } from './login-throttle.ts';

/**
 * How often a write is tried. Each conflict means that somebody else has counted a failure in between: who loses six
 * times has read five others at least, and is told to wait without having been counted. To go on until it is counted
 * would be more work, the more somebody sends.
 */
const TRIES = 6;

type Parts = { readonly store: CallerStore; readonly nowMs: () => number };

/**
 * Counts a failed login, beside what other instances count meanwhile: no failure is lost by two writing at once, but one
 * may go uncounted in a crowd of them, see `TRIES`. The slot first: what the own row holds is
 * in the slot already, so that the slot's wait, which a wrong secret is told, is never the shorter one.
 *
 * @returns how many milliseconds the slot makes wait now; 0: not at all
 * @throws {StoreError} when it could not be counted: then nobody is to learn whether the secret was right
 */
export async function countFailure(parts: Parts, rows: FailureRows): Promise<number> {
  const slotWaitMs = await change(parts, rows.slot, addFailure);
  await change(parts, rows.own, addUnlessResting);
  return slotWaitMs;
}

type Change = (timesMs: readonly number[], nowMs: number) => readonly number[];

/** Writes also what does not change: the work is to be the same. @returns the wait in the row as it was to be written */
async function change({ store, nowMs }: Parts, row: string, to: Change): Promise<number> {
  for (let triesLeft = TRIES; ; triesLeft -= 1) {
    const { timesMs, etag } = await store.readFailures(row);
    const now = nowMs();
    const changed = to(timesMs, now);
    const write = await store.writeFailures(row, changed, etag);
    if (write.result === 'unknown') throw new StoreError('A failed login could not be counted', write.code);
    if (write.result === 'written' || triesLeft === 1) return waitMs(changed, now);
  }
}
