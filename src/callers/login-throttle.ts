/**
 * How failed logins slow down further ones. Pure: no I/O, no clock.
 *
 * Each failure is counted in two rows. The *slot* is one of a fixed number, chosen by a hash of the `client_id`, whether
 * anybody is called so or not: it alone decides what a wrong secret is told, so that names that exist and names that do
 * not behave alike. The *own* row belongs to the caller, and holds a right secret back. So whoever fills slots
 * by made-up names learns nothing and locks nobody out; and the table does not grow with the names that are tried. What
 * has no own row counts in a decoy in its place, so that the work is the same.
 *
 * A slot counts every failure. An own row that has made wait counts none until the wait is over and has stayed over for
 * longer than anybody is ever told to wait: so that whoever obeys `Retry-After` meets an open door, whatever others send
 * meanwhile. Guesses are then told to wait by the slot alone, which tells the guesser that they are wrong: against secrets of
 * 256 random bits that is no help. Filling the slot does not keep an own row from counting.
 */
import { createHash } from 'node:crypto';

/** Failures older than this are forgotten. */
const WINDOW_MS = 15 * 60_000;

/** How many failures are answered without a wait. */
const FREE_FAILURES = 5;

const LONGEST_WAIT_MS = 60_000;

/** The waits after the sixth failure, the seventh …: doubling. More failures wait as long as the last one. */
const WAITS_MS = [5_000, 10_000, 20_000, 40_000, LONGEST_WAIT_MS];

/** A failure noted further ahead than this was noted by a broken clock: it must not make anybody wait until then. */
const CLOCK_DIFFERENCE_MS = 5_000;

/** How long an own row that makes wait counts nothing: its wait, and as long again for whoever was told to wait, and is late. */
const REST_MS = 2 * (LONGEST_WAIT_MS + CLOCK_DIFFERENCE_MS);

/** More would not change the wait. */
const KEPT = FREE_FAILURES + WAITS_MS.length;

const SLOTS = 4096;

/** The failures that count, the oldest first; none of them later than now. */
export function recentFailures(timesMs: readonly number[], nowMs: number): number[] {
  return withinWindow(believedFailures(timesMs, nowMs), nowMs);
}

function believedFailures(timesMs: readonly number[], nowMs: number): number[] {
  return timesMs
    .filter((ms) => ms <= nowMs + CLOCK_DIFFERENCE_MS)
    .map((ms) => Math.min(ms, nowMs))
    .toSorted((one, other) => one - other)
    .slice(-KEPT);
}

function withinWindow(timesMs: readonly number[], nowMs: number): number[] {
  return timesMs.filter((ms) => ms > nowMs - WINDOW_MS);
}

/** The failures with one more. */
export function addFailure(timesMs: readonly number[], nowMs: number): number[] {
  return [...recentFailures(timesMs, nowMs), nowMs].slice(-KEPT);
}

/**
 * The failures with one more, unless they rest. While they do, also those stay that are too old to count: without them
 * it would be forgotten that the last one made wait.
 */
export function addUnlessResting(timesMs: readonly number[], nowMs: number): number[] {
  const believed = believedFailures(timesMs, nowMs);
  const last = believed.at(-1) ?? -Infinity;
  const rests = withinWindow(believed, last).length > FREE_FAILURES && nowMs < last + REST_MS;
  return rests ? believed : addFailure(timesMs, nowMs);
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
