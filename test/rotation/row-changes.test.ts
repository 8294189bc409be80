import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideStep, hashRefreshToken, type Occasion, type Rules } from '../../src/rotation/decide.ts';
import { claimed, failed, heartbeat, marked, newRow, renewed } from '../../src/rotation/row-changes.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, NOW_MS, rowHolding, tokenRow, tokenSet } from '../fixtures.ts';

const stamp = { writeId: 'write-8', nowMs: NOW_MS };
const stamped = { writeId: 'write-8', updatedAtMs: NOW_MS };
const HASH = hashRefreshToken('refresh-token');
const TIMER: Occasion = { trigger: 'timer' };
const rules: Rules = { marginMs: HOUR_MS, cooldownMs: 30_000, fingerprints: ['these credentials'] };
const claim = { leaseId: 'lease', trigger: 'timer' } as const;
const ended = { startedAtMs: NOW_MS - 10_000, trigger: 'caller', kind: 'login' } as const;

/** A row in the middle of an attempt, after two that failed. */
const running: Partial<TokenRow> = {
  lease: { id: 'lease', expiresAtMs: NOW_MS + 5_000 },
  attempt: { kind: 'refresh', startedAtMs: NOW_MS - 10_000 },
  spentRefreshToken: HASH,
  consecutiveFailures: 2,
  lastFailureCode: 'http_500',
  nextAttemptAtMs: NOW_MS - 11_000,
  retryAfterUntilMs: NOW_MS - 12_000,
};

describe('a new row', () => {
  it('has no pair, and generation 0', () => {
    const row = newRow('another', stamp);
    assert.deepEqual(row, {
      ...tokenRow({ account: 'another', generation: 0, tokens: { state: 'none' }, createdAtMs: NOW_MS, ...stamped }),
      source: undefined,
      refreshedAtMs: undefined,
      trigger: undefined,
      attempt: undefined,
    });
    for (const occasion of [TIMER, { trigger: 'caller' }] as const) {
      assert.deepEqual(decideStep(row, occasion, rules, { nowMs: NOW_MS }), { step: 'login' });
    }
  });
});

describe('a claimed row', () => {
  const leased = { lease: { id: 'lease', expiresAtMs: NOW_MS + 15_000 }, lastCheckAtMs: NOW_MS, ...stamped };

  it('marks the token about to be sent as spent before a refresh', () => {
    const row = claimed(tokenRow(), { step: 'refresh', refreshToken: 'refresh-token' }, claim, stamp);
    const attempt = { kind: 'refresh', startedAtMs: NOW_MS } as const;
    assert.deepEqual(row, tokenRow({ ...leased, attempt, spentRefreshToken: HASH }));
  });

  it('keeps the mark of a spent token before a login', () => {
    const attempt = { kind: 'login', startedAtMs: NOW_MS } as const;
    for (const spentRefreshToken of [HASH, undefined]) {
      const row = claimed(tokenRow({ spentRefreshToken }), { step: 'login' }, claim, stamp);
      assert.deepEqual(row, tokenRow({ ...leased, attempt, spentRefreshToken }));
    }
  });

  it("carries the timer's mark, and only the timer's", () => {
    for (const trigger of ['caller', 'report'] as const) {
      const row = claimed(tokenRow({ lastCheckAtMs: 5 }), { step: 'login' }, { ...claim, trigger }, stamp);
      assert.equal(row.lastCheckAtMs, 5);
    }
  });

  it('is waited for, and logs in 5 s after its lease: its refresh token is not sent twice', () => {
    const due = rowHolding({ accessExpiresAtMs: NOW_MS });
    const row = claimed(due, { step: 'refresh', refreshToken: 'refresh-token' }, claim, stamp);
    assert.equal(decideStep(row, TIMER, rules, { nowMs: NOW_MS + 19_999 }).step, 'wait');
    assert.equal(decideStep(row, TIMER, rules, { nowMs: NOW_MS + 20_000 }).step, 'login');
  });
});

describe('a marked row', () => {
  it('differs only in the mark', () => {
    assert.deepEqual(marked(tokenRow(running), stamp), tokenRow({ ...running, ...stamped, lastCheckAtMs: NOW_MS }));
  });
});

describe('a row with a heartbeat', () => {
  it('differs only in the end of its lease: what is spent stays marked', () => {
    const lease = { id: 'lease', expiresAtMs: NOW_MS + 15_000 };
    assert.deepEqual(heartbeat(tokenRow(running), stamp), tokenRow({ ...running, ...stamped, lease }));
  });
});

describe('a renewed row', () => {
  const pair = {
    tokenSet: tokenSet({ accessToken: 'a8', refreshToken: 'r8' }),
    source: 'login',
    generation: 8,
  } as const;

  it('holds the new pair and what created it, and keeps only the history of the attempts before', () => {
    const { attempt } = tokenRow(running);
    const now = { generation: 8, source: 'login', refreshedAtMs: NOW_MS, trigger: 'caller' } as const;
    const history = [{ atMs: NOW_MS - 10_000, trigger: 'caller', kind: 'login', outcome: 'done', ms: 10_000 }] as const;
    const expected = rowHolding(pair.tokenSet, { ...stamped, ...now, attempt, history });
    assert.deepEqual(renewed(tokenRow(running), pair, ended, stamp), expected);
  });

  const breakers: [code: string, source: 'login' | 'refresh', kept: boolean][] = [
    ['credentials_refused', 'refresh', true],
    ['credentials_refused', 'login', false],
    ['subscription_key_refused', 'refresh', false],
    ['subscription_key_refused', 'login', false],
  ];
  for (const [code, source, kept] of breakers) {
    it(`${kept ? 'keeps' : 'closes'} a breaker of ${code} after a ${source}`, () => {
      const loginBreaker = { refusals: 3, code, nextLoginAtMs: NOW_MS, fingerprint: 'f' };
      const row = renewed(tokenRow({ loginBreaker }), { ...pair, source }, ended, stamp);
      assert.deepEqual(row.loginBreaker, kept ? loginBreaker : undefined);
    });
  }
});

describe('a change of a row', () => {
  it('leaves the row before it as it was', () => {
    const row = tokenRow({
      ...running,
      history: [{ atMs: 0, trigger: 'timer', kind: 'login', outcome: 'done', ms: 0 }],
    });
    const before = structuredClone(row);
    const shortfall = {
      code: 'subscription_key_refused',
      refreshTokenSpent: false,
      refused: true,
      retryAfterMs: 1000,
      longBackOff: false,
    } as const;
    marked(row, stamp);
    claimed(row, { step: 'login' }, { ...claim, leaseId: 'other' }, stamp);
    renewed(row, { tokenSet: tokenSet(), source: 'login', generation: 8 }, ended, stamp);
    failed(row, shortfall, ended, { ...stamp, random: 0, fingerprints: ['f'] });
    assert.deepEqual(row, before);
  });
});
