/** When the timer looks, and who has to wait for what until then. Pure: no I/O, no clock. */
import type { Fingerprints } from '../quartile/fingerprint.ts';
import { lastCheckMs, liesAhead } from '../rotation/decide.ts';
import { LONGEST_REFUSAL_WAIT_MS, LONGEST_RETRY_AFTER_MS } from '../rotation/limits.ts';
import { nextRunMs } from '../settings/schedule.ts';
import type { LoginBreaker, TokenRow } from '../store/token-store.ts';
import { standingBreaker } from './service-state.ts';

export type Checks = {
  /** NCRONTAB with six fields, UTC. */
  readonly schedule: string;
  readonly marginMs: number;
  readonly nextAtMs: number | undefined;
  /** The first check that finds the margin or less left; `undefined` where no token is known. */
  readonly renewalAtMs: number | undefined;
  /** The timer's mark: it is written when it is over 55 min old. */
  readonly lastAtMs: number | undefined;
};

/** What keeps attempts from being started. Moments that are over, or further ahead than anybody waits, are left out. */
export type Waits = {
  readonly callersUntilMs: number | undefined;
  /** Quartile asked for it. */
  readonly everybodyUntilMs: number | undefined;
  readonly login: RefusedLogin | undefined;
};

export type RefusedLogin = {
  readonly refusals: number;
  readonly code: string;
  /** `undefined`: the wait is over, and the next check may try. */
  readonly untilMs: number | undefined;
};

export function reportChecks(
  row: TokenRow | undefined,
  { schedule, marginMs }: { readonly schedule: string; readonly marginMs: number },
  nowMs: number,
): Checks {
  const dueAtMs = row?.tokens.state === 'held' ? row.tokens.set.accessExpiresAtMs - marginMs : undefined;
  return {
    schedule,
    marginMs,
    nextAtMs: nextRunMs(schedule, nowMs),
    renewalAtMs: dueAtMs === undefined ? undefined : nextRunMs(schedule, Math.max(dueAtMs - 1, nowMs)),
    lastAtMs: row && believedMarkMs(row, nowMs),
  };
}

function believedMarkMs(row: TokenRow, nowMs: number): number | undefined {
  return lastCheckMs(row, nowMs) === row.lastCheckAtMs ? row.lastCheckAtMs : undefined;
}

export function reportWaits(row: TokenRow | undefined, fingerprints: Fingerprints, nowMs: number): Waits {
  const breaker = row && standingBreaker(row, fingerprints);
  return {
    callersUntilMs: ifAhead(row?.nextAttemptAtMs, nowMs, LONGEST_RETRY_AFTER_MS),
    everybodyUntilMs: ifAhead(row?.retryAfterUntilMs, nowMs, LONGEST_RETRY_AFTER_MS),
    login: breaker && reportRefusedLogin(breaker, nowMs),
  };
}

function reportRefusedLogin({ refusals, code, nextLoginAtMs }: LoginBreaker, nowMs: number): RefusedLogin {
  return { refusals, code, untilMs: ifAhead(nextLoginAtMs, nowMs, LONGEST_REFUSAL_WAIT_MS) };
}

function ifAhead(momentMs: number | undefined, nowMs: number, longestMs: number): number | undefined {
  return liesAhead(momentMs, nowMs, longestMs) ? momentMs : undefined;
}
