import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { join, pauseMs, startPause } from '../../src/client/waiting.ts';

describe('the pause after a failed request', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const busy = { code: 'unavailable' } as const;

  it('doubles from half a second to half a minute, with up to half as much again by chance', () => {
    const withoutChance = (failures: number) => pauseMs(busy, failures, 0);
    assert.deepEqual([1, 2, 3, 6, 7, 5_000].map(withoutChance), [500, 1_000, 2_000, 16_000, 30_000, 30_000]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), random, (failures, chance) => {
        const ms = pauseMs(busy, failures, chance);
        assert.ok(ms >= withoutChance(failures) && ms <= 1.5 * withoutChance(failures));
      }),
    );
  });

  it('is Retry-After if that is longer, and a little more by chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.nat(300_000), random, (failures, retryAfterMs, chance) => {
        const ms = pauseMs({ ...busy, retryAfterMs }, failures, chance);
        const backOffMs = pauseMs(busy, failures, chance);
        assert.ok(ms >= retryAfterMs && ms >= backOffMs && ms <= Math.max(retryAfterMs + 250, backOffMs));
      }),
    );
  });

  it('is half a minute from the first failure on that only a person can change', () => {
    const pauses = [1, 2, 9].map((failures) => pauseMs({ code: 'unauthorized' }, failures, 0));
    assert.deepEqual(pauses, [30_000, 30_000, 30_000]);
  });

  it('counts failures in a row', () => {
    const first = startPause(busy, 1_000);
    assert.deepEqual([first.failures, startPause(busy, 2_000, first).failures], [1, 2]);
  });
});

describe('waiting for shared work', () => {
  it('ends when the work ends, when the time is over, or when the signal aborts', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    await join(Promise.resolve(), 1_000);
    const never = new Promise(() => undefined);
    const timed = join(never, 1_000);
    t.mock.timers.tick(1_000);
    await timed;
    const leaving = new AbortController();
    const left = join(never, 1_000, leaving.signal);
    leaving.abort('enough');
    await assert.rejects(left, (reason) => reason === 'enough');
    await assert.rejects(join(Promise.resolve(), 1_000, leaving.signal), (reason) => reason === 'enough');
  });
});
