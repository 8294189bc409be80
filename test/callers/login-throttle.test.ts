import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import {
  addFailure,
  addUnlessResting,
  failureRowsOf,
  recentFailures,
  waitMs,
} from '../../src/callers/login-throttle.ts';
import { MINUTE_MS, NOW_MS } from '../fixtures.ts';

/** So many failures at this very moment. */
function failures(count: number): number[] {
  let times: number[] = [];
  for (let index = 0; index < count; index += 1) times = addFailure(times, NOW_MS);
  return times;
}

describe('failed logins', () => {
  it('make wait from the sixth on: 5 s, doubling, 60 s at most', () => {
    const waits = Array.from({ length: 13 }, (_, count) => waitMs(failures(count), NOW_MS) / 1000);
    assert.deepEqual(waits, [0, 0, 0, 0, 0, 0, 5, 10, 20, 40, 60, 60, 60]);
  });

  it('make wait from the last one on', () => {
    const times = [...failures(5), NOW_MS + 3_000];
    assert.equal(waitMs(times, NOW_MS + 4_000), 4_000);
    assert.equal(waitMs(times, NOW_MS + 8_000), 0);
  });

  it('are forgotten after 15 minutes', () => {
    const times = failures(10);
    assert.equal(recentFailures(times, NOW_MS + 15 * MINUTE_MS - 1).length, 10);
    assert.deepEqual(recentFailures(times, NOW_MS + 15 * MINUTE_MS), []);
    assert.deepEqual(addFailure(times, NOW_MS + 15 * MINUTE_MS), [NOW_MS + 15 * MINUTE_MS]);
  });

  it('of a broken clock, far ahead, hold nobody', () => {
    const ahead = Array.from({ length: 10 }, () => NOW_MS + MINUTE_MS);
    assert.equal(waitMs(ahead, NOW_MS), 0);
    assert.equal(waitMs(failures(10), NOW_MS - 5_000), 60_000, 'two clocks may differ a little');
  });

  it('never make wait for more than 60 s, and never take more than ten entries, whatever the row holds', () => {
    const anyTimes = fc.array(fc.integer({ min: NOW_MS - 20 * MINUTE_MS, max: NOW_MS + 20 * MINUTE_MS }));
    fc.assert(
      fc.property(anyTimes, (times) => {
        const wait = waitMs(times, NOW_MS);
        assert.ok(wait >= 0 && wait <= 60_000);
        assert.ok(addFailure(times, NOW_MS).length <= 10);
      }),
    );
  });
});

/** What befalls a caller and the others whose names share its slot. */
const happening = fc.record({
  what: fc.constantFrom('caller fails', 'other fails', 'caller succeeds'),
  afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 0, max: 16 * MINUTE_MS })),
});
const story = fc.array(happening, { maxLength: 80 });

/** Tells the caller's own row and the slot after each happening. */
function* play(happenings: readonly { what: string; afterMs: number }[]) {
  let [own, slot, nowMs]: [number[], number[], number] = [[], [], NOW_MS];
  for (const { what, afterMs } of happenings) {
    nowMs += afterMs;
    if (what === 'caller succeeds') own = [];
    else slot = addFailure(slot, nowMs);
    if (what === 'caller fails') own = addUnlessResting(own, nowMs);
    yield { own, slot, nowMs };
  }
}

describe('the two rows of a failure', () => {
  it('never make wait for the own one and not for the slot, which a wrong secret is told of', () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 0, max: 90_000 }), (happenings, laterMs) => {
        for (const { own, slot, nowMs } of play(happenings)) {
          const askedMs = nowMs + laterMs;
          assert.ok(waitMs(slot, askedMs) >= waitMs(own, askedMs));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('let a caller in a minute after, whatever others send meanwhile', () => {
    let own = failures(10);
    for (let ms = 1_000; ms < 60_000; ms += 1_000) own = addUnlessResting(own, NOW_MS + ms);
    assert.equal(waitMs(own, NOW_MS + 60_000), 0);
  });

  it('count nothing in the own one for longer than anybody is told to wait, once its wait is over', () => {
    const times = failures(6);
    for (const ms of [0, 5_000, 65_000, 129_999]) {
      assert.deepEqual(addUnlessResting(times, NOW_MS + ms), times, `after ${ms} ms`);
    }
    assert.equal(addUnlessResting(times, NOW_MS + 130_000).length, 7);
    assert.equal(addUnlessResting(failures(5), NOW_MS + 1).length, 6, 'what never made wait does not rest');
  });

  it('let in whoever comes back as told, and a little late, whatever others send meanwhile', () => {
    const attack = fc.array(fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 6 * MINUTE_MS })), {
      minLength: 6,
      maxLength: 120,
    });
    fc.assert(
      fc.property(attack, fc.nat(), fc.integer({ min: 0, max: 5_000 }), (pausesMs, pick, lateMs) => {
        let [own, slot, nowMs, backAtMs]: [number[], number[], number, number] = [[], [], NOW_MS, Infinity];
        for (const [index, pauseMs] of pausesMs.entries()) {
          nowMs += pauseMs;
          if (nowMs > backAtMs) return assert.equal(waitMs(own, backAtMs), 0);
          [slot, own] = [addFailure(slot, nowMs), addUnlessResting(own, nowMs)];
          const held = index >= pick % pausesMs.length && waitMs(own, nowMs) > 0;
          if (held && backAtMs === Infinity) backAtMs = nowMs + waitMs(slot, nowMs) + lateMs;
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('rest also where the failures before the last one grow too old to count meanwhile', () => {
    const times = [...failures(5), NOW_MS + 15 * MINUTE_MS - 1];
    assert.deepEqual(addUnlessResting(times, NOW_MS + 16 * MINUTE_MS), times);
  });

  it('are those of the caller where there is one, else a decoy of the same kind', () => {
    const known = failureRowsOf('worker', true);
    const unknown = failureRowsOf('worker', false);
    assert.equal(known.own, 'own-worker');
    assert.match(unknown.own, /^decoy-\d{4}$/);
    assert.match(known.slot, /^slot-\d{4}$/);
    assert.equal(known.slot, unknown.slot, 'a slot tells nobody who exists');
  });

  it('are of a fixed number for all names that nobody has, and fit a row key', () => {
    const rows = new Set<string>();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (name) => {
        const { own, slot } = failureRowsOf(name, false);
        rows.add(slot);
        assert.match(`${own} ${slot}`, /^decoy-[0-4]\d{3} slot-[0-4]\d{3}$/);
      }),
    );
    assert.ok(rows.size > 50, 'names are spread');
  });
});
