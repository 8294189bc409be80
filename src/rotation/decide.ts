/** What to do with a row. Pure: no I/O, no clock. */
import { createHash } from 'node:crypto';
import type { Fingerprints } from '../quartile/fingerprint.ts';
import type { TokenRow } from '../store/token-store.ts';
import {
  DEAD_BELOW_MS,
  LONGEST_BELIEVABLE_LEASE_MS,
  LONGEST_REFUSAL_WAIT_MS,
  LONGEST_RETRY_AFTER_MS,
  TAKEOVER_GRACE_MS,
  UNREADABLE_LOGIN_MS,
} from './limits.ts';

/** Who wants a rotation: the timer, a caller without a token, or one whose token of this generation was refused. */
export type Occasion =
  | { readonly trigger: 'timer' }
  | { readonly trigger: 'caller' }
  | { readonly trigger: 'report'; readonly refusedGeneration: number };

export type Rules = {
  /** A token with no more than this left is due. */
  readonly marginMs: number;
  /** A pair younger than this is not rotated again for a caller. */
  readonly cooldownMs: number;
  /** Name the credentials in use, one under each key of the ring: the first for what is written. */
  readonly fingerprints: Fingerprints;
};

export type Step =
  /** The token lives longer than the margin, or is no longer the one that was refused. */
  | { readonly step: 'none'; readonly row: TokenRow }
  /** Another worker is at it. */
  | { readonly step: 'wait' }
  /** It is due, and must not be tried before then. */
  | { readonly step: 'hold-back'; readonly code: HoldBackCode; readonly untilMs: number; readonly row: TokenRow }
  | { readonly step: 'refresh'; readonly refreshToken: string }
  | { readonly step: 'login' };

/** The code of a login that is called for and has to wait, because the credentials were refused. */
export const LOGIN_REFUSED = 'login_refused';

export type HoldBackCode =
  | 'backing_off'
  | 'retry_after'
  | 'rotated_recently'
  /** Tokens that cannot be read were replaced not long ago: instances whose keys differ must not take turns at it. */
  | 'tokens_unreadable'
  | typeof LOGIN_REFUSED;

/**
 * Decides what an account's row calls for.
 *
 * @param row `undefined` where the account has no row yet
 */
export function decideStep(row: TokenRow | undefined, occasion: Occasion, rules: Rules, nowMs: number): Step {
  if (!row) return { step: 'login' };
  if (!isDue(row, occasion, rules, nowMs)) return { step: 'none', row };
  if (leaseHolds(row, nowMs)) return { step: 'wait' };
  const held = holdBack(row, occasion, rules, nowMs);
  if (held) return { step: 'hold-back', row, ...held };
  const refreshToken = usableRefreshToken(row, nowMs);
  if (refreshToken !== undefined) return { step: 'refresh', refreshToken };
  const refusedUntilMs = loginRefusedUntilMs(row, occasion, rules, nowMs);
  if (refusedUntilMs === undefined) return { step: 'login' };
  return { step: 'hold-back', row, code: LOGIN_REFUSED, untilMs: refusedUntilMs };
}

function isDue(row: TokenRow, occasion: Occasion, { marginMs }: Rules, nowMs: number): boolean {
  const lifeMs = accessLifeMs(row, nowMs);
  // Whoever reports an old generation wants the newer token, if that lives.
  if (occasion.trigger === 'report') return row.generation === occasion.refusedGeneration || lifeMs < DEAD_BELOW_MS;
  return lifeMs <= marginMs;
}

/** What is left of the row's access token, in milliseconds: 0 where it is dead, or there is none. */
export function accessLifeMs({ tokens }: TokenRow, nowMs: number): number {
  return tokens.state === 'held' ? Math.max(0, tokens.set.accessExpiresAtMs - nowMs) : 0;
}

/** What is left of the row's refresh token, in milliseconds: 0 where it is dead, or there is none. */
export function refreshLifeMs({ tokens }: TokenRow, nowMs: number): number {
  return tokens.state === 'held' ? Math.max(0, tokens.set.refreshExpiresAtMs - nowMs) : 0;
}

/** Whether a worker may still be at it: until 5 s after its lease's end, unless a broken clock wrote that end. */
export function leaseHolds({ lease }: TokenRow, nowMs: number): boolean {
  if (!lease || lease.expiresAtMs - nowMs > LONGEST_BELIEVABLE_LEASE_MS) return false;
  return nowMs < lease.expiresAtMs + TAKEOVER_GRACE_MS;
}

/** The timer obeys only Quartile's own `Retry-After`; callers wait for the back-off and the cool-down too. */
function holdBack(
  row: TokenRow,
  { trigger }: Occasion,
  { cooldownMs }: Rules,
  nowMs: number,
): { code: HoldBackCode; untilMs: number } | undefined {
  const { retryAfterUntilMs, nextAttemptAtMs } = row;
  if (liesAhead(retryAfterUntilMs, nowMs, LONGEST_RETRY_AFTER_MS))
    return { code: 'retry_after', untilMs: retryAfterUntilMs };
  if (trigger === 'timer') return undefined;
  if (liesAhead(nextAttemptAtMs, nowMs, LONGEST_RETRY_AFTER_MS))
    return { code: 'backing_off', untilMs: nextAttemptAtMs };
  const replacedUntilMs = row.unreadableReplacedAtMs && row.unreadableReplacedAtMs + UNREADABLE_LOGIN_MS;
  if (row.tokens.state === 'unreadable' && liesAhead(replacedUntilMs, nowMs, UNREADABLE_LOGIN_MS))
    return { code: 'tokens_unreadable', untilMs: replacedUntilMs };
  if (row.refreshedAtMs === undefined || row.refreshedAtMs > nowMs + cooldownMs + TAKEOVER_GRACE_MS) return undefined;
  const untilMs = Math.min(row.refreshedAtMs, nowMs) + cooldownMs; // a moment in the future was another clock's
  return nowMs < untilMs ? { code: 'rotated_recently', untilMs } : undefined;
}

/**
 * Refused credentials are not tried again before the breaker's wait is over, and then by the timer alone; with other
 * credentials there is no breaker.
 *
 * @returns until when a login has to wait, or `undefined` where it need not
 */
export function loginRefusedUntilMs(
  { loginBreaker }: TokenRow,
  { trigger }: Occasion,
  { fingerprints }: Rules,
  nowMs: number,
): number | undefined {
  if (!loginBreaker || !fingerprints.includes(loginBreaker.fingerprint)) return undefined;
  const { nextLoginAtMs } = loginBreaker;
  return trigger === 'timer' && !liesAhead(nextLoginAtMs, nowMs, LONGEST_REFUSAL_WAIT_MS) ? undefined : nextLoginAtMs;
}

/** Whether a moment lies ahead, and no further than anybody waits: one beyond that was written by a broken clock. */
export function liesAhead(momentMs: number | undefined, nowMs: number, longestMs: number): momentMs is number {
  return momentMs !== undefined && nowMs < momentMs && momentMs <= nowMs + longestMs + TAKEOVER_GRACE_MS;
}

/** The row's refresh token, unless it has expired, or may have been spent by an attempt nobody saw the end of. */
function usableRefreshToken({ tokens, spentRefreshToken }: TokenRow, nowMs: number): string | undefined {
  if (tokens.state !== 'held' || tokens.set.refreshExpiresAtMs <= nowMs) return undefined;
  return hashRefreshToken(tokens.set.refreshToken) === spentRefreshToken ? undefined : tokens.set.refreshToken;
}

/** SHA-256 in hex: names a refresh token without telling it. */
export function hashRefreshToken(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('hex');
}

/** When the timer was here last, as far as the row says: its mark, or when the row was made. A mark ahead is none. */
export function lastCheckMs({ lastCheckAtMs, createdAtMs }: TokenRow, nowMs: number): number {
  return lastCheckAtMs === undefined || lastCheckAtMs > nowMs + TAKEOVER_GRACE_MS ? createdAtMs : lastCheckAtMs;
}
