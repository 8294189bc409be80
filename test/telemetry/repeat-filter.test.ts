import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRepeatFilter } from '../../src/telemetry/repeat-filter.ts';

describe('the filter of repetitions', () => {
  it('passes every change of a subject, and the same state once per period', () => {
    let nowMs = 0;
    const isNews = createRepeatFilter(1_000, () => nowMs);
    assert.deepEqual([isNews('a', 'ok'), isNews('a', 'ok'), isNews('b', 'ok')], [true, false, true]);
    assert.deepEqual([isNews('a', 'bad'), isNews('a', 'ok'), isNews('a', 'bad')], [true, true, true]);
    nowMs = 999;
    assert.equal(isNews('a', 'bad'), false);
    nowMs = 1_000;
    assert.deepEqual([isNews('a', 'bad'), isNews('a', 'bad')], [true, false]);
  });

  it('is not silent for longer because the clock was set back', () => {
    let nowMs = 10_000;
    const isNews = createRepeatFilter(1_000, () => nowMs);
    isNews('a', 'bad');
    nowMs = 0;
    assert.equal(isNews('a', 'bad'), true);
  });
});
