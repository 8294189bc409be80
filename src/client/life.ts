/**
 * How much is left of something that was received. Counted by two clocks, and the one holds by which more has passed: the
 * steady one may stand still while the machine sleeps, and the wall clock may be put back. Pure.
 */

/** One moment by both clocks, in milliseconds. */
export type Moment = { readonly steadyMs: number; readonly wallMs: number };

/** @param received when it lived for that long: the moment its request was sent */
export function endOf(received: Moment, lifeMs: number): Moment {
  return { steadyMs: received.steadyMs + lifeMs, wallMs: received.wallMs + lifeMs };
}

/** @returns milliseconds; negative once it is over */
export function leftMs(end: Moment, now: Moment): number {
  return Math.min(end.steadyMs - now.steadyMs, end.wallMs - now.wallMs);
}
