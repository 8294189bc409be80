/** A token from the service, how long it is valid, and which of two is newer. Pure. */

/**
 * One moment on two clocks, in milliseconds. A life counts by the clock on which more time has passed: the steady clock
 * may stop while the machine sleeps, and the wall clock may be set back.
 */
export type Moment = { readonly steadyMs: number; readonly wallMs: number };

/** @param sentAt when the request was sent, so that the end is never too late, however long the answer took */
export function endOf(sentAt: Moment, lifeMs: number): Moment {
  return { steadyMs: sentAt.steadyMs + lifeMs, wallMs: sentAt.wallMs + lifeMs };
}

/** @returns milliseconds; negative after the end */
export function leftMs(end: Moment, now: Moment): number {
  return Math.min(end.steadyMs - now.steadyMs, end.wallMs - now.wallMs);
}

export type Token = {
  readonly accessToken: string;
  /** Counts rotations. */
  readonly generation: number;
  /** When the service received it, by the service's clock. `NaN` if the service did not say. */
  readonly refreshedAtMs: number;
  /** When the request was sent that returned it. */
  readonly sentAt: Moment;
  /** Its life from `sentAt`, as the service said. */
  readonly lifeMs: number;
  readonly endsAt: Moment;
};

/** A token with less left counts as expired: it could expire on its way to Quartile. */
export const DEAD_BELOW_MS = 1_000;

export function isAlive(token: Token, now: Moment): boolean {
  return leftMs(token.endsAt, now) >= DEAD_BELOW_MS;
}

/** The clocks of two instances of the service may differ by this. */
const CLOCK_DIFFERENCE_MS = 5_000;

/** Compares generations. They start again at 1 if the service loses its row: then the later time is the newer token. */
export function isNewer(token: Token, other: Token): boolean {
  if (token.accessToken === other.accessToken) return false;
  return token.generation > other.generation || token.refreshedAtMs > other.refreshedAtMs + CLOCK_DIFFERENCE_MS;
}

/**
 * Tells whether an answer may come from a cache: it returns a known token with a later end than before, or an older token.
 * The clocks of the service's instances may differ, so this is no proof.
 */
export function mayBeCached(token: Token, known: Token | undefined, now: Moment): boolean {
  if (known === undefined || isNewer(token, known)) return false;
  if (token.accessToken !== known.accessToken) return true;
  return leftMs(token.endsAt, now) > leftMs(known.endsAt, now) + CLOCK_DIFFERENCE_MS;
}

/**
 * Chooses the token to keep: the received one, unless it is older than a known one that is still valid.
 *
 * @param isFresh no cache can have answered. Otherwise a known token never ends later than it was first said to
 */
export function chooseToken(known: Token | undefined, received: Token, now: Moment, isFresh: boolean): Token {
  if (known === undefined) return received;
  if (known.accessToken !== received.accessToken) {
    return isNewer(received, known) || !isAlive(known, now) ? received : known;
  }
  const isLater = leftMs(received.endsAt, now) > leftMs(known.endsAt, now);
  return isLater && !isFresh ? { ...received, endsAt: known.endsAt } : received;
}
