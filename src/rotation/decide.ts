/** What to do with a row. Pure: no I/O, no clock. */
import { createHash } from 'node:crypto';
import type { Fingerprints } from '../quartile/fingerprint.ts';
import type { TokenRow } from '../store/token-store.ts';
import {
  DEAD_BELOW_MS,
  LEASE_MS,
  LONGEST_BELIEVABLE_LEASE_MS,
  LONGEST_CREATED_AHEAD_MS,
  LONGEST_REFUSAL_WAIT_MS,
  LONGEST_RETRY_AFTER_MS,
  TAKEOVER_GRACE_MS,
  TIMER_EXTRA_MARGIN_MS,
  UNREADABLE_LOGIN_MS,
} from './limits.ts';

/** What starts a rotation: the timer, a caller without a valid token, or a report that a generation's token was refused. */
export type Occasion =
  | { readonly trigger: 'timer' }
  | { readonly trigger: 'caller' }
  | { readonly trigger: 'report'; readonly refusedGeneration: number };

export type Rules = {
  /** A token with no more than this left is due. */
  readonly marginMs: number;
  /** See `coolDown`. */
  readonly cooldownMs: number;
  /** Identify the credentials in use, one under each encryption key: the first is written. */
  readonly fingerprints: Fingerprints;
};

/** When a row is judged. */
export type Moment = {
  readonly nowMs: number;
  /** How long this process has seen the row's lease unchanged, by its monotonic clock; 0 by default. */
  readonly leaseSeenForMs?: number;
};

export type Step =
  /** The token has more than the margin left, or is no longer the one that was refused. */
  | { readonly step: 'none'; readonly row: TokenRow }
  /** Another worker holds the lease. */
  | { readonly step: 'wait' }
  /** A rotation is due, and must not start before then. */
  | { readonly step: 'hold-back'; readonly code: HoldBackCode; readonly untilMs: number; readonly row: TokenRow }
  | { readonly step: 'refresh'; readonly refreshToken: string }
  | { readonly step: 'login' };

export type HoldBackCode =
  | 'backing_off'
  | 'retry_after'
  | 'rotated_recently'
  /** Unreadable tokens were replaced a short time ago: instances with different keys must not take turns at it. */
  | 'tokens_unreadable'
  /** A login is needed, and the credentials were refused. */
  | 'login_refused';

/**
 * Decides what an account's row calls for.
 *
 * @param row `undefined` if the account has no row yet
 */
export function decideStep(row: TokenRow | undefined, occasion: Occasion, rules: Rules, moment: Moment): Step {
  if (!row) return { step: 'login' };
  const { nowMs } = moment;
  if (!isDue(row, occasion, rules, nowMs)) return { step: 'none', row };
  if (leaseHolds(row, moment)) return { step: 'wait' };
  const held = holdBack(row, occasion, rules, nowMs);
  if (held) return { step: 'hold-back', row, ...held };
  const refreshToken = usableRefreshToken(row, occasion, nowMs);
  if (refreshToken !== undefined) return { step: 'refresh', refreshToken };
  const refusedUntilMs = loginRefusedUntilMs(row, occasion, rules, nowMs);
  if (refusedUntilMs === undefined) return { step: 'login' };
  return { step: 'hold-back', row, code: 'login_refused', untilMs: refusedUntilMs };
}

function isDue(row: TokenRow, occasion: Occasion, { marginMs }: Rules, nowMs: number): boolean {
  const lifeMs = accessLifeMs(row, nowMs);
  // A report of an older generation returns the current token, if it is still valid.
  if (occasion.trigger === 'report') return row.generation <= occasion.refusedGeneration || lifeMs < DEAD_BELOW_MS;
  if (row.refreshedAtMs !== undefined && row.refreshedAtMs > nowMs + LONGEST_CREATED_AHEAD_MS) return true;
  return lifeMs <= marginMs + (occasion.trigger === 'timer' ? TIMER_EXTRA_MARGIN_MS : 0);
}

/**
 * What is left of the row's access token, in milliseconds; 0 if it has expired or there is none. Never more than the
 * token had when it was received: the clock that wrote the row may have been ahead.
 */
export function accessLifeMs({ tokens, refreshedAtMs }: TokenRow, nowMs: number): number {
  if (tokens.state !== 'held') return 0;
  const { accessExpiresAtMs } = tokens.set;
  return Math.max(0, accessExpiresAtMs - Math.max(nowMs, refreshedAtMs ?? nowMs));
}

/** What is left of the row's refresh token, in milliseconds; 0 if it has expired or there is none. */
export function refreshLifeMs({ tokens }: TokenRow, nowMs: number): number {
  return tokens.state === 'held' ? Math.max(0, tokens.set.refreshExpiresAtMs - nowMs) : 0;
}

/**
 * Tells whether a worker may still be rotating: until 5 s after the end of its lease by our clock, and no longer than one
 * lease after this process first saw it. A lease that a broken clock wrote does not hold.
 */
export function leaseHolds({ lease }: TokenRow, { nowMs, leaseSeenForMs = 0 }: Moment): boolean {
  if (!lease || lease.expiresAtMs - nowMs > LONGEST_BELIEVABLE_LEASE_MS) return false;
  return leaseSeenForMs < LEASE_MS && nowMs < lease.expiresAtMs + TAKEOVER_GRACE_MS;
}

/** The timer obeys only Quartile's own `Retry-After`; callers and reports also wait for back-off and cool-down. */
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
  const coolUntilMs = coolDown(row, trigger, cooldownMs, nowMs);
  return coolUntilMs === undefined ? undefined : { code: 'rotated_recently', untilMs: coolUntilMs };
}

/**
 * The cool-down. A report must wait while the pair is younger than this *and* was created by a report: a caller with a
 * permanent 401 then causes one rotation per cool-down, and a new pair that is refused is replaced at once. A caller that
 * needs more remaining life waits after any rotation. A creation time in the future counts as none.
 *
 * @returns the time until which the trigger must wait
 */
function coolDown(
  { refreshedAtMs, trigger: createdBy }: TokenRow,
  trigger: 'caller' | 'report',
  cooldownMs: number,
  nowMs: number,
): number | undefined {
  if (refreshedAtMs === undefined || refreshedAtMs > nowMs) return undefined;
  if (trigger === 'report' && createdBy !== 'report') return undefined;
  const untilMs = refreshedAtMs + cooldownMs;
  return nowMs < untilMs ? untilMs : undefined;
}

/**
 * The login breaker. Refused credentials are tried again by the timer only, when the wait is over; other credentials are
 * tried at once.
 *
 * @returns the time until which a login must wait, or `undefined` if it may be sent
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

/** Tells whether a time lies ahead, and no further than we ever wait: beyond that, a broken clock wrote it. */
export function liesAhead(timeMs: number | undefined, nowMs: number, longestMs: number): timeMs is number {
  return timeMs !== undefined && nowMs < timeMs && timeMs <= nowMs + longestMs + TAKEOVER_GRACE_MS;
}

/**
 * The row's refresh token, unless it has expired or may be spent. A report of a generation above the row's means that the
 * table lost a rotation: the row's token is spent then, so none is usable.
 */
function usableRefreshToken(row: TokenRow, occasion: Occasion, nowMs: number): string | undefined {
  const { tokens, spentRefreshToken, generation } = row;
  if (tokens.state !== 'held' || tokens.set.refreshExpiresAtMs <= nowMs) return undefined;
  if (occasion.trigger === 'report' && occasion.refusedGeneration > generation) return undefined;
  return hashRefreshToken(tokens.set.refreshToken) === spentRefreshToken ? undefined : tokens.set.refreshToken;
}

/** SHA-256 in hex: identifies a refresh token without revealing it. */
export function hashRefreshToken(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('hex');
}

/** When the timer last ran, as far as the row tells: its mark, or the row's creation. A mark in the future is none. */
export function lastCheckMs({ lastCheckAtMs, createdAtMs }: TokenRow, nowMs: number): number {
  return lastCheckAtMs === undefined || lastCheckAtMs > nowMs + TAKEOVER_GRACE_MS ? createdAtMs : lastCheckAtMs;
}
