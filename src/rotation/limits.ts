/**
 * The times of a rotation, in one place because they depend on each other (`test/rotation/limits.test.ts` checks that for
 * every allowed setting). All in milliseconds.
 */

/** How long a worker owns a rotation, from its last confirmed write. */
export const LEASE_MS = 15_000;

/** How often the holder of a lease renews it. */
export const HEARTBEAT_MS = 5_000;

/** The longest one request of a heartbeat may take. */
export const HEARTBEAT_REQUEST_MS = 2_000;

/** A claim that is confirmed with less than this left is renewed before the first request to Quartile. */
export const SHORT_LEASE_MS = 10_000;

/** A lease is taken over this long after its end: the clocks of two instances may differ by as much. */
export const TAKEOVER_GRACE_MS = 5_000;

/** A lease that ends further ahead than this was written by a broken clock, and does not count. */
export const LONGEST_BELIEVABLE_LEASE_MS = 60_000;

/** From the claim on, for everything that an attempt sends to Quartile. Past it, the worker sends nothing more. */
export const ATTEMPT_DEADLINE_MS = 60_000;

/** Back-off between two sends of one attempt: doubles from the first. */
export const FIRST_RESEND_MS = 1_000;

/** Back-off between two tries to save a received pair: doubles from the first to the second. */
export const FIRST_SAVE_RETRY_MS = 250;
export const LONGEST_SAVE_RETRY_MS = 5_000;

/** A token with less than this left counts as expired: it would expire before it is used. */
export const DEAD_BELOW_MS = 1_000;

/** How often a worker repeats a write that got no answer. */
export const WRITE_TRIES = 3;

/** How often the timer repeats a read that got no answer: a cold start waits for the identity's first token. */
export const TIMER_READ_TRIES = 3;

/** How often a worker decides anew because the row changed between its read and its claim. */
export const CLAIM_TRIES = 10;

/** Back-off between two attempts, for callers: doubles from the first to the second. */
export const FIRST_BACK_OFF_MS = 5_000;
export const LONGEST_BACK_OFF_MS = 60_000;

/** The same if a login was answered with a 4xx that may be Quartile's refusal: a wrong password is not sent every minute. */
export const LONGEST_BACK_OFF_AFTER_4XX_MS = 5 * 60_000;

/** No more of a `Retry-After` is obeyed. */
export const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** Jitter lengthens a wait by up to this part of it. */
export const JITTER = 0.2;

/** Refused credentials: the wait before the next login doubles, less a little, so that a run of the timer finds it over. */
export const FIRST_REFUSAL_WAIT_MS = 30 * 60_000;
export const REFUSAL_WAIT_LESS_MS = 5 * 60_000;
export const LONGEST_REFUSAL_WAIT_MS = 6 * 3_600_000;

/** Callers log in to replace unreadable tokens at most once in this time, all instances together. */
export const UNREADABLE_LOGIN_MS = 5 * 60_000;

/** The longest a caller waits if there is no token to serve. */
export const CALLER_WAIT_MS = 25_000;

/** How often an instance reads the row while another instance rotates. */
export const POLL_MS = 100;

/** The timer writes its mark if the last one is older than this. */
export const MARK_MS = 55 * 60_000;

/**
 * The timer renews this much earlier than callers. A pair created a few seconds into a run would otherwise not quite be
 * due one margin before its end, and lose one of its two attempts.
 */
export const TIMER_EXTRA_MARGIN_MS = 60_000;

/** A pair created further ahead than this has a wrong creation time, and is due. */
export const LONGEST_CREATED_AHEAD_MS = 3_600_000;

/** A `not_before` further ahead than this is worth a warning; less is the difference between two clocks. */
export const NOT_BEFORE_TOLERANCE_MS = 60_000;

/** How long the timer waits for a rotation to end. What continues after that continues without its invocation. */
export const TIMER_WAIT_MS = 95_000;
