import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideStep, hashRefreshToken, type Occasion, type Rules } from '../../src/rotation/decide.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, NOW_MS, rowHolding } from '../fixtures.ts';

const rules: Rules = { marginMs: HOUR_MS, cooldownMs: 30_000, fingerprints: ['these credentials'] };
const occasions: Occasion[] = [
  { trigger: 'timer' },
  { trigger: 'caller' },
  { trigger: 'report', refusedGeneration: 7 },
];

/** What a row that is due calls for: the step, or why it is held back, and for how long. */
function decided(columns: Partial<TokenRow>, occasion: Occasion, cooldownMs = rules.cooldownMs): string {
  const row = rowHolding({ accessExpiresAtMs: NOW_MS }, columns);
  const step = decideStep(row, occasion, { ...rules, cooldownMs }, { nowMs: NOW_MS });
  if (step.step !== 'hold-back') return step.step;
  assert.deepEqual(step.row, row);
  return `${step.code} ${step.untilMs - NOW_MS}`;
}

function decidedForAll(columns: Partial<TokenRow>): string[] {
  return occasions.map((occasion) => decided(columns, occasion));
}

describe('a rotation that is due', () => {
  it('is held back for everybody while Retry-After lasts', () => {
    assert.deepEqual(decidedForAll({ retryAfterUntilMs: NOW_MS + 1 }), Array(3).fill('retry_after 1'));
    assert.deepEqual(decidedForAll({ retryAfterUntilMs: NOW_MS }), Array(3).fill('refresh'));
  });

  it('is held back for callers while the back-off lasts, and for the timer not at all', () => {
    const held = ['refresh', 'backing_off 1', 'backing_off 1'];
    assert.deepEqual(decidedForAll({ nextAttemptAtMs: NOW_MS + 1 }), held);
    assert.deepEqual(decidedForAll({ nextAttemptAtMs: NOW_MS }), Array(3).fill('refresh'));
  });

  it('is held back for callers while its generation is young, and for the timer not at all', () => {
    const held = ['refresh', 'rotated_recently 1', 'rotated_recently 1'];
    assert.deepEqual(decidedForAll({ refreshedAtMs: NOW_MS - 29_999 }), held);
    assert.deepEqual(decidedForAll({ refreshedAtMs: NOW_MS - 30_000 }), Array(3).fill('refresh'));
  });

  it('is held back no longer than the cool-down by a rotation in the future: another clock was ahead', () => {
    const held = ['refresh', 'rotated_recently 30000', 'rotated_recently 30000'];
    assert.deepEqual(decidedForAll({ refreshedAtMs: NOW_MS + 5_000 }), held);
    assert.deepEqual(decidedForAll({ refreshedAtMs: NOW_MS + HOUR_MS }), Array(3).fill('refresh'), 'a broken clock');
  });

  it('knows no young generation where the cool-down is 0', () => {
    for (const occasion of occasions) assert.equal(decided({ refreshedAtMs: NOW_MS }, occasion, 0), 'refresh');
  });

  it('is waited for, not held back, while another worker is at it', () => {
    const columns = { nextAttemptAtMs: NOW_MS + 1, lease: { id: 'l', expiresAtMs: NOW_MS } };
    assert.deepEqual(decidedForAll(columns), Array(3).fill('wait'));
  });
});

describe('a login that is due', () => {
  const spentRefreshToken = hashRefreshToken('refresh-token');
  function breaker(nextLoginAtMs: number, fingerprint = rules.fingerprints[0]): Partial<TokenRow> {
    const loginBreaker = { refusals: 1, code: 'credentials_refused', fingerprint, nextLoginAtMs };
    return { spentRefreshToken, loginBreaker };
  }

  it('is held back for everybody while refused credentials wait', () => {
    assert.deepEqual(decidedForAll(breaker(NOW_MS + 1)), Array(3).fill('login_refused 1'));
  });

  it("is the timer's alone when that wait is over", () => {
    const [timer, ...callers] = decidedForAll(breaker(NOW_MS));
    assert.equal(timer, 'login');
    assert.deepEqual(callers, Array(2).fill('login_refused 0'));
  });

  it('is open to everybody with other credentials', () => {
    assert.deepEqual(decidedForAll(breaker(NOW_MS + HOUR_MS, 'others')), Array(3).fill('login'));
  });

  it('does not keep a refresh from going on', () => {
    const columns = { ...breaker(NOW_MS + HOUR_MS), spentRefreshToken: undefined };
    assert.deepEqual(decidedForAll(columns), Array(3).fill('refresh'));
  });
});

describe('a login that replaces tokens which cannot be read', () => {
  const tokens = { state: 'unreadable', reason: 'unknown_key', sealed: {} } as const;
  const replacedAgo = (ms: number) => decidedForAll({ tokens, unreadableReplacedAtMs: NOW_MS - ms });

  it('is open to everybody where no caller has made one', () => {
    assert.deepEqual(decidedForAll({ tokens }), Array(3).fill('login'));
  });

  it('is held back for callers for 5 min after the last one of theirs, and for the timer not at all', () => {
    const held = ['login', 'tokens_unreadable 1', 'tokens_unreadable 1'];
    assert.deepEqual(replacedAgo(5 * 60_000 - 1), held);
    assert.deepEqual(replacedAgo(5 * 60_000), Array(3).fill('login'));
    assert.deepEqual(replacedAgo(-HOUR_MS), Array(3).fill('login'), 'a broken clock');
  });

  it('does not hold back a rotation of tokens that can', () => {
    assert.deepEqual(decidedForAll({ unreadableReplacedAtMs: NOW_MS }), Array(3).fill('refresh'));
  });
});
