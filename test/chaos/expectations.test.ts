import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { expectedCalls } from './expectations.ts';

describe('expectedCalls', () => {
  const stopped = (step: 'refresh-before' | 'refresh-after' | 'save-before', heldMs: number) =>
    expectedCalls('pause', step, { isFirst: false, heldMs });

  it('lets a worker log in that was stopped for longer than it waits for the answer to a refresh', () => {
    for (const step of ['refresh-before', 'refresh-after'] as const) {
      assert.equal(stopped(step, 9_000), '1+1');
      assert.equal(stopped(step, 9_001), '1+1|1+2');
      assert.equal(stopped(step, 60_000), '1+1');
    }
  });

  it('knows no such choice where nothing is sent after that, or nobody was stopped', () => {
    assert.equal(stopped('save-before', 30_000), '1+1');
    assert.equal(expectedCalls('kill-late', 'refresh-before', { isFirst: false, heldMs: 30_000 }), '1+1');
    assert.equal(expectedCalls('cut-store', 'claim-after', { isFirst: false, heldMs: 30_000 }), '0+1');
  });
});
