import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isOutOfReach, judgeLife } from '../../src/hand-out/judge-life.ts';
import { HOUR_MS, NOW_MS, rowHolding } from '../fixtures.ts';

/** One word for a verdict: what to do, or for how long to wait first. */
function judged(lifeMs: number, minTtlSeconds?: number): string {
  const verdict = judgeLife(rowHolding({ accessExpiresAtMs: NOW_MS + lifeMs }), minTtlSeconds, NOW_MS);
  return verdict.verdict === 'renew-if-quick' ? `wait ${verdict.waitMs}` : verdict.verdict;
}

describe('a token without min_ttl', () => {
  const verdicts: [lifeMs: number, verdict: string][] = [
    [-1, 'renew-first'],
    [0, 'renew-first'],
    [999, 'renew-first'],
    [1000, 'serve'],
    [1999, 'serve'],
    [2000, 'serve'],
    [2001, 'wait 1'],
    [4999, 'wait 2999'],
    [5000, 'wait 3000'],
    [5001, 'wait 3000'],
    [59_999, 'wait 3000'],
    [60_000, 'serve'],
    [43_200_000, 'serve'],
  ];
  for (const [lifeMs, verdict] of verdicts) {
    it(`with ${lifeMs} ms left: ${verdict}`, () => assert.equal(judged(lifeMs), verdict));
  }
});

describe('a token with min_ttl', () => {
  const verdicts: [lifeMs: number, minTtlSeconds: number, verdict: string][] = [
    [0, 0, 'renew-first'],
    [999, 0, 'renew-first'],
    [1000, 0, 'serve'],
    [2001, 0, 'serve'],
    [59_999, 0, 'serve'],
    [59_999, 60, 'renew-first'],
    [60_000, 60, 'serve'],
    [1_799_999, 1800, 'renew-first'],
    [1_800_000, 1800, 'serve'],
    [3_599_999, 3600, 'renew-first'],
    [3_600_000, 3600, 'serve'],
  ];
  for (const [lifeMs, minTtlSeconds, verdict] of verdicts) {
    it(`of ${minTtlSeconds} s and ${lifeMs} ms left: ${verdict}`, () => {
      assert.equal(judged(lifeMs, minTtlSeconds), verdict);
    });
  }
});

describe('a min_ttl', () => {
  const newToken = (lifeMs: number) =>
    rowHolding({ accessExpiresAtMs: NOW_MS + 60_000 }, { refreshedAtMs: NOW_MS + 60_000 - lifeMs });

  it('is out of reach if the valid token did not meet it when it was new', () => {
    assert.equal(isOutOfReach(newToken(HOUR_MS), 3_600, NOW_MS), false);
    assert.equal(isOutOfReach(newToken(HOUR_MS - 1), 3_600, NOW_MS), true);
  });

  it('is tried for an expired token, and without a token', () => {
    const expired = rowHolding({ accessExpiresAtMs: NOW_MS }, { refreshedAtMs: NOW_MS - 1_000 });
    assert.equal(isOutOfReach(expired, 3_600, NOW_MS), false);
    assert.equal(isOutOfReach(undefined, 3_600, NOW_MS), false);
  });
});
