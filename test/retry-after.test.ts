import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readRetryAfter } from '../src/retry-after.ts';

const NOW_MS = Date.parse('2026-12-01T12:00:00Z');
const IN_A_MINUTE = 'Tue, 01 Dec 2026 12:01:00 GMT';

describe('readRetryAfter', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['1.5', 1_500],
    ['12345678901', 12_345_678_901_000],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as seconds`, () => assert.equal(readRetryAfter(text, null, NOW_MS), ms));
  }

  it('measures a date against the Date of the same response, so that a wrong clock upstream does no harm', () => {
    const fortyMinutesAhead = { date: 'Tue, 01 Dec 2026 12:40:00 GMT', retryAfter: 'Tue, 01 Dec 2026 12:40:30 GMT' };
    assert.equal(readRetryAfter(fortyMinutesAhead.retryAfter, fortyMinutesAhead.date, NOW_MS), 30_000);
  });

  it('measures a date against our clock if the response has no readable Date', () => {
    assert.equal(readRetryAfter(IN_A_MINUTE, undefined, NOW_MS), 60_000);
    assert.equal(readRetryAfter(IN_A_MINUTE, 'yesterday', NOW_MS), 60_000);
  });

  it('takes a date that has passed as no wait', () => {
    assert.equal(readRetryAfter(IN_A_MINUTE, null, NOW_MS + 3_600_000), 0);
  });

  for (const text of [null, undefined, '', ' ', '-1', '1e3', 'soon', '2026-12-01', '1 2']) {
    it(`ignores ${JSON.stringify(text)}`, () => assert.equal(readRetryAfter(text, null, NOW_MS), undefined));
  }
});
