import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backOffMs, obeyedRetryAfterMs, refusalWaitMs, resendDelayMs } from '../../src/rotation/back-off.ts';
import { HOUR_MS, MINUTE_MS } from '../fixtures.ts';

/** The largest random number. */
const MOST = 1 - Number.EPSILON;

describe('the back-off between two attempts', () => {
  const waits: [failures: number, seconds: number][] = [
    [1, 5],
    [2, 10],
    [3, 20],
    [4, 40],
    [5, 60],
    [6, 60],
    [1_000_000, 60],
  ];
  for (const [failures, seconds] of waits) {
    it(`is ${seconds} s after ${failures} failures, and a fifth more at most`, () => {
      assert.equal(backOffMs(failures, false, 0), seconds * 1000);
      assert.equal(backOffMs(failures, false, 0.5), seconds * 1100);
      assert.equal(backOffMs(failures, false, MOST), seconds * 1200);
    });
  }
});

describe('the delay before a refresh is sent again', () => {
  for (const [resends, ms] of [1_000, 2_000, 4_000, 8_000, 16_000].entries()) {
    it(`is ${ms} ms after ${resends} resends, and a fifth more at most`, () => {
      assert.equal(resendDelayMs(resends, undefined, 0), ms);
      assert.equal(resendDelayMs(resends, undefined, MOST), ms * 1.2);
    });
  }

  it('is lengthened by Retry-After, never shortened', () => {
    assert.equal(resendDelayMs(0, 1_001, 0), 1_001);
    assert.equal(resendDelayMs(0, 999, 0), 1_000);
    assert.equal(resendDelayMs(0, 0, MOST), 1_200);
  });
});

describe('Retry-After', () => {
  it('is obeyed for an hour at most', () => {
    assert.equal(obeyedRetryAfterMs(0), 0);
    assert.equal(obeyedRetryAfterMs(HOUR_MS), HOUR_MS);
    assert.equal(obeyedRetryAfterMs(HOUR_MS + 1), HOUR_MS);
  });
});

describe('the wait of refused credentials', () => {
  it('is 25, 55, 115 min and so on, and never more than 6 h', () => {
    const minutes = [1, 2, 3, 4, 5, 6, 1_000_000].map((refusals) => refusalWaitMs(refusals) / MINUTE_MS);
    assert.deepEqual(minutes, [25, 55, 115, 235, 360, 360, 360]);
  });
});
