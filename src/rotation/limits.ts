/** The times of a rotation, in one place, because they have to fit into each other. All in milliseconds. */

/** How long a worker owns a rotation. */
export const LEASE_MS = 90_000;

/** A lease is taken over this long after its end: the clocks of two instances may differ by that much. */
export const TAKEOVER_GRACE_MS = 5_000;

/** A lease that ends further ahead than this was written by a broken clock, and holds nobody. */
export const LONGEST_BELIEVABLE_LEASE_MS = 150_000;

/** From the claim on, for everything that an attempt sends upstream. Past it the worker sends nothing more. */
export const ATTEMPT_DEADLINE_MS = 60_000;

/** Back-off between two tries to save a pair that was received: doubles from the first to the second. */
export const FIRST_SAVE_RETRY_MS = 250;
export const LONGEST_SAVE_RETRY_MS = 5_000;

/** A `not_before` further ahead than this is worth a warning; less is the difference between two clocks. */
export const NOT_BEFORE_TOLERANCE_MS = 60_000;

/** How long the timer waits for a rotation to end. What goes on after that goes on without its invocation. */
export const TIMER_PATIENCE_MS = LEASE_MS + TAKEOVER_GRACE_MS;
