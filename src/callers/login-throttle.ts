/**
 * How failed logins slow down further ones. Pure: no I/O, no clock.
 *
 * Each failure is counted in two rows. The *slot* is one of a fixed number, chosen by a hash of the `client_id`, whether
 * anybody is called so or not: it alone decides what a wrong secret is told, so that names that exist and names that do
 * not behave alike. The *own* row belongs to the caller, and holds a right secret back. So whoever fills slots
 * by made-up names learns nothing and locks nobody out; and the table does not grow with the names that are tried. What
 * has no own row counts in a decoy in its place, so that the work is the same.
 *
 * A slot counts every failure. An own row that makes wait does not count: its wait ends after 60 s at most, whatever
 * others send meanwhile. It cannot be kept from counting by filling the slot, either.
 */
import { createHash } from 'node:crypto';

/** Failures older than this are forgotten. */
const WINDOW_MS = 15 * 60_000;

/** How many failures are answered without a wait. */
const FREE_FAILURES = 5;

/** The waits after the sixth failure, the seventh …: doubling. More failures wait as long as the last one. */
const WAITS_MS = [5_000, 10_000, 20_000, 40_000, 60_000];

/** More would not change the wait. */
const KEPT = FREE_FAILURES + WAITS_MS.length;

/** A failure noted further ahead than this was noted by a broken clock: it must not make anybody wait until then. */
const CLOCK_DIFFERENCE_MS = 5_000;

const SLOTS = 4096;

/** The failures that count, the oldest first; none of them later than now. */
export function recentFailures(timesMs: readonly number[], nowMs: number): number[] {
  return timesMs
    .filter((ms) => ms > nowMs - WINDOW_MS && ms <= nowMs + CLOCK_DIFFERENCE_MS)
    .map((ms) => Math.min(ms, nowMs))
    .toSorted((one, other) => one - other)
    .slice(-KEPT);
}

/** The failures with one more. */
export function addFailure(timesMs: readonly number[], nowMs: number): number[] {
  return [...recentFailures(timesMs, nowMs), nowMs].slice(-KEPT);
}

/** The failures with one more, unless they make wait already. */
export function addUnlessWaiting(timesMs: readonly number[], nowMs: number): number[] {
  return waitMs(timesMs, nowMs) > 0 ? recentFailures(timesMs, nowMs) : addFailure(timesMs, nowMs);
}

/** How long these failures still make wait: 0 to 60,000. */
export function waitMs(timesMs: readonly number[], nowMs: number): number {
  const recent = recentFailures(timesMs, nowMs);
  const last = recent.at(-1);
  const wait = WAITS_MS[recent.length - FREE_FAILURES - 1];
  return last === undefined || wait === undefined ? 0 : Math.max(0, last + wait - nowMs);
}

/** The rows that failures of one `client_id` count in. */
export type FailureRows = { readonly own: string; readonly slot: string };

/** @param known whether a caller is called so, and may log in */
export function failureRowsOf(clientId: string, known: boolean): FailureRows {
  const slot = slotOf(clientId);
  return { own: known ? ownRowOf(clientId) : `decoy-${slot}`, slot: `slot-${slot}` };
}

/** A caller's own row. */
export function ownRowOf(caller: string): string {
  return `own-${caller}`;
}

function slotOf(clientId: string): string {
  const number = createHash('sha256').update(clientId).digest().readUInt32BE(0) % SLOTS;
  return String(number).padStart(4, '0');
}
