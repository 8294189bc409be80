import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Shortfall } from '../../src/rotation/outcome.ts';
import { failed } from '../../src/rotation/row-changes.ts';
import type { LoginBreaker, TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, tokenRow } from '../fixtures.ts';

const shortfall: Shortfall = {
  code: 'http_503',
  refreshTokenSpent: true,
  refused: false,
  retryAfterMs: undefined,
  longBackOff: false,
};
const ended = { startedAtMs: NOW_MS - 10_000, trigger: 'timer', kind: 'refresh' } as const;

/** A row in the middle of an attempt, after two that failed. */
const running: Partial<TokenRow> = {
  lease: { id: 'lease', expiresAtMs: NOW_MS + 5_000 },
  spentRefreshToken: 'hash',
  consecutiveFailures: 2,
  lastFailureCode: 'http_500',
};

function failWith(changes: Partial<Shortfall> = {}, row: Partial<TokenRow> = running): TokenRow {
  const stamp = { writeId: 'write-8', nowMs: NOW_MS, random: 0, fingerprints: ['these credentials'] as const };
  return failed(tokenRow(row), { ...shortfall, ...changes }, ended, stamp);
}

describe('a failed row', () => {
  it('keeps its tokens and its generation, ends the lease, counts, and backs off', () => {
    const expected = tokenRow({
      ...running,
      writeId: 'write-8',
      updatedAtMs: NOW_MS,
      lease: undefined,
      consecutiveFailures: 3,
      lastFailureCode: 'http_503',
      nextAttemptAtMs: NOW_MS + 20_000,
      history: [{ atMs: NOW_MS - 10_000, trigger: 'timer', kind: 'refresh', outcome: 'http_503', ms: 10_000 }],
    });
    assert.deepEqual(failWith(), expected);
  });

  it('keeps the mark of a refresh token that may be spent, and no other', () => {
    assert.equal(failWith().spentRefreshToken, 'hash');
    assert.equal(failWith({ refreshTokenSpent: false }).spentRefreshToken, undefined);
    assert.equal(failWith({}, {}).spentRefreshToken, undefined);
  });

  const waits: [retryAfterMs: number | undefined, nextMs: number, timerMs: number | undefined][] = [
    [undefined, 20_000, undefined],
    [0, 20_000, undefined],
    [1_000, 20_000, 1_000],
    [20_001, 20_001, 20_001],
    [HOUR_MS, HOUR_MS, HOUR_MS],
    [HOUR_MS + 1, HOUR_MS, HOUR_MS],
  ];
  for (const [retryAfterMs, nextMs, timerMs] of waits) {
    it(`holds callers back ${nextMs} ms, and the timer ${timerMs}, after Retry-After of ${retryAfterMs} ms`, () => {
      const row = failWith({ retryAfterMs });
      assert.equal(row.nextAttemptAtMs, NOW_MS + nextMs);
      assert.equal(row.retryAfterUntilMs, timerMs === undefined ? undefined : NOW_MS + timerMs);
    });
  }

  it('drops the Retry-After of an earlier answer', () => {
    assert.equal(failWith({}, { retryAfterUntilMs: NOW_MS - 1 }).retryAfterUntilMs, undefined);
  });

  it('keeps the last 48 attempts', () => {
    const history = Array.from({ length: 48 }, (_, index) => ({ ...ended, atMs: index, outcome: 'done', ms: 1 }));
    const row = failWith({}, { history: history.map(({ startedAtMs: _, ...attempt }) => attempt) });
    assert.equal(row.history.length, 48);
    assert.deepEqual([row.history[0]?.atMs, row.history[47]?.outcome], [1, 'http_503']);
  });

  it('records an attempt of 0 ms, not less, if the clock was set back', () => {
    const stamp = { writeId: 'w', nowMs: ended.startedAtMs - 1, random: 0, fingerprints: ['f'] as const };
    assert.equal(failed(tokenRow(), shortfall, ended, stamp).history[0]?.ms, 0);
  });
});

describe('the breaker of a failed row', () => {
  const code = 'credentials_refused';
  const before = { refusals: 2, code, nextLoginAtMs: NOW_MS, fingerprint: 'these credentials' };
  const others = { ...before, fingerprint: 'others' };
  const opened = (refusals: number, minutes: number): LoginBreaker => {
    return { refusals, code, fingerprint: 'these credentials', nextLoginAtMs: NOW_MS + minutes * MINUTE_MS };
  };
  const cases: [what: string, loginBreaker: LoginBreaker | undefined, after: LoginBreaker][] = [
    ['opens for 25 min', undefined, opened(1, 25)],
    ['counts on', before, opened(3, 115)],
    ['begins anew with other credentials', others, opened(1, 25)],
  ];
  for (const [what, loginBreaker, after] of cases) {
    it(`${what} when credentials are refused`, () => {
      assert.deepEqual(failWith({ code, refused: true }, { loginBreaker }).loginBreaker, after);
    });
  }

  it('stays as it was when they are not', () => {
    for (const loginBreaker of [undefined, before, others]) {
      assert.deepEqual(failWith({}, { loginBreaker }).loginBreaker, loginBreaker);
    }
  });
});
