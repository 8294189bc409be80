/** Rows that put the page into each of its states, as if it were `nowMs`. */
import type { Fingerprints } from '../../src/quartile/fingerprint.ts';
import type { PastAttempt, TokenRow } from '../../src/store/token-store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, rowHolding } from '../fixtures.ts';

/** What no page and no JSON may tell. */
export const SECRETS = {
  accessToken: 'the-secret-access-token',
  refreshToken: 'the-secret-refresh-token',
  writeId: 'the-secret-write-id',
  leaseId: 'the-secret-lease-id',
  rest: 'the-secret-rest',
};

function attempts(nowMs: number, ...latest: PastAttempt[]): PastAttempt[] {
  const older = Array.from({ length: 18 }, (_, index): PastAttempt => {
    const atMs = nowMs - (18 - index) * 11 * HOUR_MS - 6 * HOUR_MS;
    if (index === 4) return { atMs, trigger: 'timer', kind: 'refresh', outcome: 'no_answer_econnreset', ms: 10_012 };
    if (index === 9) return { atMs, trigger: 'report', kind: 'login', outcome: 'done', ms: 1_204 };
    return {
      atMs,
      trigger: index % 7 === 3 ? 'caller' : 'timer',
      kind: 'refresh',
      outcome: 'done',
      ms: 412 + 31 * index,
    };
  });
  const last: PastAttempt = {
    atMs: nowMs - 6 * HOUR_MS - 800,
    trigger: 'timer',
    kind: 'refresh',
    outcome: 'done',
    ms: 800,
  };
  return [...older, last, ...latest];
}

/** A pair with half its life behind it, six hours left, and the timer seen a while ago. */
export function freshRow(nowMs: number, overrides: Partial<TokenRow> = {}): TokenRow {
  return endingIn(6 * HOUR_MS, nowMs, overrides);
}

export function endingIn(lifeMs: number, nowMs: number, overrides: Partial<TokenRow> = {}): TokenRow {
  const refreshedAtMs = nowMs + lifeMs - 12 * HOUR_MS;
  const set = {
    accessToken: SECRETS.accessToken,
    accessExpiresAtMs: nowMs + lifeMs,
    refreshToken: SECRETS.refreshToken,
    refreshExpiresAtMs: refreshedAtMs + 14 * DAY_MS,
    rest: { note: SECRETS.rest },
  };
  return rowHolding(set, {
    refreshedAtMs,
    createdAtMs: nowMs - 30 * DAY_MS,
    updatedAtMs: refreshedAtMs,
    attempt: { kind: 'refresh', startedAtMs: refreshedAtMs - 800 },
    lastCheckAtMs: nowMs - 20 * MINUTE_MS,
    history: attempts(nowMs + lifeMs - 6 * HOUR_MS),
    writeId: SECRETS.writeId,
    ...overrides,
  });
}

export function rotatingRow(nowMs: number): TokenRow {
  return endingIn(45 * MINUTE_MS, nowMs, {
    lease: { id: SECRETS.leaseId, expiresAtMs: nowMs + 80_000 },
    attempt: { kind: 'refresh', startedAtMs: nowMs - 10_000 },
    lastCheckAtMs: nowMs - 10_000,
  });
}

export function failingRow(nowMs: number): TokenRow {
  const at = (agoMs: number): PastAttempt => ({
    atMs: nowMs - agoMs,
    trigger: 'timer',
    kind: 'login',
    outcome: 'http_503',
    ms: 31_480,
  });
  return endingIn(20 * MINUTE_MS, nowMs, {
    consecutiveFailures: 2,
    lastFailureCode: 'http_503',
    nextAttemptAtMs: nowMs + 8_000,
    retryAfterUntilMs: nowMs + 8_000,
    history: attempts(nowMs, at(31 * MINUTE_MS), at(MINUTE_MS)),
  });
}

export function refusedRow(nowMs: number, [fingerprint]: Fingerprints): TokenRow {
  const outcome = 'credentials_refused';
  return endingIn(-2 * HOUR_MS, nowMs, {
    consecutiveFailures: 3,
    lastFailureCode: outcome,
    nextAttemptAtMs: nowMs + 12_000,
    loginBreaker: { refusals: 3, code: outcome, nextLoginAtMs: nowMs + 100 * MINUTE_MS, fingerprint },
    history: attempts(nowMs, { atMs: nowMs - 15 * MINUTE_MS, trigger: 'timer', kind: 'login', outcome, ms: 640 }),
  });
}

export const unreadableTokens = {
  state: 'unreadable',
  reason: 'unknown_key',
  sealed: { tokens: 'v1.k20260101-a1b2c3.AAAA' },
} as const;

export function unreadableRow(nowMs: number): TokenRow {
  return freshRow(nowMs, { tokens: unreadableTokens });
}

export function silentRow(nowMs: number): TokenRow {
  return endingIn(9 * HOUR_MS, nowMs, { lastCheckAtMs: nowMs - 9 * HOUR_MS });
}
