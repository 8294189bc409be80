import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideStep, hashRefreshToken, type Occasion, type Rules } from '../../src/rotation/decide.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, NOW_MS, rowHolding } from '../fixtures.ts';

const rules: Rules = { marginMs: HOUR_MS, cooldownMs: 30_000, fingerprints: ['these credentials'] };
const TIMER: Occasion = { trigger: 'timer' };
const CALLER: Occasion = { trigger: 'caller' };
const REPORT: Occasion = { trigger: 'report', refusedGeneration: 7 };
const occasions = [TIMER, CALLER, REPORT];

/** The step that a row calls for that is due, or why it is held back, and for how long. */
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
  it('is held back for timer and callers while Retry-After lasts', () => {
    assert.deepEqual(decidedForAll({ retryAfterUntilMs: NOW_MS + 1 }), Array(3).fill('retry_after 1'));
    assert.deepEqual(decidedForAll({ retryAfterUntilMs: NOW_MS }), Array(3).fill('refresh'));
  });

  it('is held back for callers while the back-off lasts, and not for the timer', () => {
    const held = ['refresh', 'backing_off 1', 'backing_off 1'];
    assert.deepEqual(decidedForAll({ nextAttemptAtMs: NOW_MS + 1 }), held);
    assert.deepEqual(decidedForAll({ nextAttemptAtMs: NOW_MS }), Array(3).fill('refresh'));
  });

  it('is held back for a report while a report created the pair less than a cool-down ago', () => {
    const created = (trigger: Occasion['trigger'], ageMs: number) =>
      decided({ trigger, refreshedAtMs: NOW_MS - ageMs }, REPORT);
    assert.equal(created('report', 29_999), 'rotated_recently 1');
    assert.equal(created('report', 30_000), 'refresh');
    for (const trigger of ['timer', 'caller'] as const) assert.equal(created(trigger, 0), 'refresh');
    for (const source of ['login', 'refresh'] as const) {
      const columns = { trigger: 'report', source, refreshedAtMs: NOW_MS } as const;
      assert.equal(decided(columns, REPORT), 'rotated_recently 30000', 'the trigger counts');
    }
  });

  it('is held back for a caller while the pair is younger than the cool-down, whatever created it', () => {
    for (const trigger of ['timer', 'caller', 'report'] as const) {
      assert.equal(decided({ trigger, refreshedAtMs: NOW_MS - 29_999 }, CALLER), 'rotated_recently 1');
      assert.equal(decided({ trigger, refreshedAtMs: NOW_MS - 30_000 }, CALLER), 'refresh');
    }
  });

  it('is not held back for the timer by a young pair, nor for any trigger by one created in the future', () => {
    const columns = { trigger: 'report', refreshedAtMs: NOW_MS } as const;
    assert.equal(decided(columns, TIMER), 'refresh');
    for (const aheadMs of [1, 5_000, HOUR_MS, 30 * 24 * HOUR_MS]) {
      assert.deepEqual(decidedForAll({ ...columns, refreshedAtMs: NOW_MS + aheadMs }), Array(3).fill('refresh'));
    }
  });

  it('is not held back by a young pair if the cool-down is 0', () => {
    const columns = { trigger: 'report', refreshedAtMs: NOW_MS } as const;
    for (const occasion of occasions) assert.equal(decided(columns, occasion, 0), 'refresh');
  });

  it('is waited for, not held back, while another worker rotates', () => {
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

  it('is held back for timer and callers while refused credentials wait', () => {
    assert.deepEqual(decidedForAll(breaker(NOW_MS + 1)), Array(3).fill('login_refused 1'));
  });

  it('is left to the timer when that wait is over', () => {
    const [timer, ...callers] = decidedForAll(breaker(NOW_MS));
    assert.equal(timer, 'login');
    assert.deepEqual(callers, Array(2).fill('login_refused 0'));
  });

  it('is open to timer and callers with other credentials', () => {
    assert.deepEqual(decidedForAll(breaker(NOW_MS + HOUR_MS, 'others')), Array(3).fill('login'));
  });

  it('does not hold back a refresh', () => {
    const columns = { ...breaker(NOW_MS + HOUR_MS), spentRefreshToken: undefined };
    assert.deepEqual(decidedForAll(columns), Array(3).fill('refresh'));
  });
});

describe('a login that replaces tokens that cannot be decrypted', () => {
  const tokens = { state: 'unreadable', reason: 'unknown_key', sealed: {} } as const;
  const replacedAgo = (ms: number) => decidedForAll({ tokens, unreadableReplacedAtMs: NOW_MS - ms });

  it('is open to timer and callers if no caller has made one', () => {
    assert.deepEqual(decidedForAll({ tokens }), Array(3).fill('login'));
  });

  it('is held back for callers for 5 min after the last one of theirs, and not for the timer', () => {
    const held = ['login', 'tokens_unreadable 1', 'tokens_unreadable 1'];
    assert.deepEqual(replacedAgo(5 * 60_000 - 1), held);
    assert.deepEqual(replacedAgo(5 * 60_000), Array(3).fill('login'));
    assert.deepEqual(replacedAgo(-HOUR_MS), Array(3).fill('login'), 'a broken clock');
  });

  it('does not hold back a rotation of tokens that can be decrypted', () => {
    assert.deepEqual(decidedForAll({ unreadableReplacedAtMs: NOW_MS }), Array(3).fill('refresh'));
  });
});
