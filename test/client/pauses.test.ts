import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { pauseMs, readRetryAfter, refusedPauseMs } from '../../src/client/pauses.ts';
import { HOUR_MS, NOW_MS } from '../fixtures.ts';

const wholeSecond = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000);

describe('Retry-After', () => {
  it('is seconds, an hour at most', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer(), (seconds, wallMs) => {
        assert.equal(readRetryAfter(` ${seconds} `, null, wallMs), Math.min(seconds * 1000, HOUR_MS));
      }),
    );
    assert.equal(readRetryAfter('999999999999999', null, 0), HOUR_MS);
  });

  it('is a date, which counts from the Date of the same answer, whatever our clock says', () => {
    fc.assert(
      fc.property(
        wholeSecond,
        fc.integer({ min: -7_200_000, max: 7_200_000 }),
        fc.integer(),
        (dateMs, aheadMs, wallMs) => {
          const [until, date] = [new Date(dateMs + aheadMs), new Date(dateMs)];
          const expected = Math.min(Math.max(0, Math.floor(until.getTime() / 1000) * 1000 - dateMs), HOUR_MS);
          assert.equal(readRetryAfter(until.toUTCString(), date.toUTCString(), wallMs), expected);
        },
      ),
    );
  });

  it('counts from our clock where the answer has no date', () => {
    assert.equal(readRetryAfter(new Date(NOW_MS + 7_000).toUTCString(), null, NOW_MS), 7_000);
    assert.equal(readRetryAfter(new Date(NOW_MS - 7_000).toUTCString(), 'yesterday', NOW_MS), 0);
  });

  it('is nothing where it is neither', () => {
    for (const text of [null, '', ' ', '-1', '1.5', '1e3', 'soon', '2026-01-15', 'Thu, 15 Jan 2026', '0x10']) {
      assert.equal(readRetryAfter(text, null, NOW_MS), undefined, String(text));
    }
  });

  it('never is anything but a wait from 0 to an hour, whatever comes', () => {
    const text = fc.option(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.double().map(String)));
    fc.assert(
      fc.property(text, text, fc.integer(), (header, date, wallMs) => {
        const ms = readRetryAfter(header, date, wallMs);
        assert.ok(ms === undefined || (ms >= 0 && ms <= HOUR_MS), String(ms));
      }),
    );
  });
});

describe('the pause before the next request', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('is no shorter than what the service said, up to five minutes, nor than the back-off, and not much longer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 0, max: HOUR_MS }),
        random,
        (count, saidMs, chance) => {
          const [ms, said] = [pauseMs(count, saidMs, chance), Math.min(saidMs, 300_000)];
          const backOff = pauseMs(count, undefined, chance);
          assert.ok(ms >= said && ms >= backOff && ms <= Math.max(said + 250, backOff));
        },
      ),
    );
    assert.deepEqual(
      [1, 2, 50].map((count) => pauseMs(count, 0, 0)),
      [500, 1_000, 30_000],
    );
  });

  it('doubles from half a second to half a minute, with up to half as much again', () => {
    assert.deepEqual(
      [1, 2, 3, 6, 7, 50].map((count) => pauseMs(count, undefined, 0)),
      [500, 1_000, 2_000, 16_000, 30_000, 30_000],
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), random, (count, chance) => {
        const ms = pauseMs(count, undefined, chance);
        assert.ok(ms >= pauseMs(count, undefined, 0) && ms <= 45_000);
      }),
    );
  });

  it('is long after a refusal', () => {
    assert.deepEqual([refusedPauseMs(0), refusedPauseMs(0.99)], [30_000, 44_850]);
  });
});
