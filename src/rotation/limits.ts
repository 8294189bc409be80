/**
 * The times of a rotation, in one place, because they have to fit into each other (`test/rotation/limits.test.ts`
 * holds that for every allowed setting). All in milliseconds.
 */

/** The longest one request to the table may take. It is not repeated below us: the rotation knows what may be. */
export const STORE_REQUEST_TIMEOUT_MS = 5_000;

/** How long a worker owns a rotation. */
export const LEASE_MS = 90_000;

/** A lease is taken over this long after its end: the clocks of two instances may differ by that much. */
export const TAKEOVER_GRACE_MS = 5_000;

/** A lease that ends further ahead than this was written by a broken clock, and holds nobody. */
export const LONGEST_BELIEVABLE_LEASE_MS = 150_000;

/** From the claim on, for everything that an attempt sends upstream. Past it the worker sends nothing more. */
export const ATTEMPT_DEADLINE_MS = 60_000;

/** Back-off between two sends of one attempt: doubles from the first on. */
export const FIRST_RESEND_MS = 1_000;

/** Back-off between two tries to save a pair that was received: doubles from the first to the second. */
export const FIRST_SAVE_RETRY_MS = 250;
export const LONGEST_SAVE_RETRY_MS = 5_000;

/** A token with less than this left is dead: nobody could use it before it ends. */
export const DEAD_BELOW_MS = 1_000;

/** How often a worker tries to claim a row, or to note a failure in it. */
export const WRITE_TRIES = 3;

/** Back-off between two attempts, for callers: doubles from the first to the second. */
export const FIRST_BACK_OFF_MS = 5_000;
export const LONGEST_BACK_OFF_MS = 60_000;

/** A `Retry-After` that asks for more is cut to this. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Jitter lengthens a wait by up to this part of it. */
export const JITTER = 0.2;

/** Refused credentials: the wait before the next login doubles with each refusal, less a little, so that a tick meets it. */
export const FIRST_REFUSAL_WAIT_MS = 30 * 60_000;
export const REFUSAL_WAIT_LESS_MS = 5 * 60_000;
export const LONGEST_REFUSAL_WAIT_MS = 6 * 3_600_000;

/** Callers log in to replace tokens that cannot be read at most once in this time, all instances together. */
export const UNREADABLE_LOGIN_MS = 5 * 60_000;

/** The longest a caller waits for a token when there is none to serve. */
export const LONGEST_WAIT_MS = 25_000;

/** How often an instance looks whether the worker that rotates elsewhere is done. */
export const POLL_MS = 250;

/** The timer writes its mark when the last one is older than this. */
export const MARK_MS = 55 * 60_000;

/** A `not_before` further ahead than this is worth a warning; less is the difference between two clocks. */
export const NOT_BEFORE_TOLERANCE_MS = 60_000;

/** How long the timer waits for a rotation to end. What goes on after that goes on without its invocation. */
export const TIMER_PATIENCE_MS = LEASE_MS + TAKEOVER_GRACE_MS;
