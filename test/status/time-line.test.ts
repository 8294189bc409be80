import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { layOutLife, type Moments, type Place } from '../../src/status/time-line.ts';
import { drawTimeLine } from '../../src/status/time-line-picture.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS } from '../fixtures.ts';

function lineOf(overrides: Partial<Moments> = {}) {
  return layOutLife({
    sinceMs: NOW_MS - 6 * HOUR_MS,
    expiresAtMs: NOW_MS + 6 * HOUR_MS,
    shortFromMs: NOW_MS + 5 * HOUR_MS,
    nowMs: NOW_MS,
    checkAtMs: NOW_MS + 30 * MINUTE_MS,
    ...overrides,
  });
}

function placesOf({ start, now, check, short, end }: ReturnType<typeof layOutLife>): Place[] {
  return [start, now, ...(check ? [check] : []), short, end];
}

describe('the time line', () => {
  it('goes from the beginning of a life to its end, everything to scale', () => {
    const percents = placesOf(lineOf()).map(({ percent }) => Math.round(percent * 100) / 100);
    assert.deepEqual(percents, [0, 50, 54.17, 91.67, 100]);
  });

  it('goes on to what comes after the end', () => {
    const { end, now, check } = lineOf({ nowMs: NOW_MS + 7 * HOUR_MS, checkAtMs: NOW_MS + 8 * HOUR_MS });
    assert.deepEqual(
      [end, now, check].map((place) => place?.beyond),
      [false, false, false],
    );
    assert.ok(end.percent < now.percent && check?.percent === 100);
  });

  it('puts at its end, and marks, what would make a dot of the life', () => {
    const far = lineOf({ checkAtMs: NOW_MS + 90 * DAY_MS });
    assert.deepEqual([far.check?.percent, far.check?.beyond, far.end.percent], [100, true, 100]);
    const late = lineOf({ nowMs: NOW_MS + 90 * DAY_MS, checkAtMs: undefined });
    assert.deepEqual([late.now.percent, late.now.beyond, late.end.percent], [100, true, 100]);
  });

  it('leaves out a check that could not be told from now', () => {
    const checkOf = (checkAtMs: number) => lineOf({ checkAtMs }).check?.percent;
    assert.equal(checkOf(NOW_MS + 7 * MINUTE_MS), undefined);
    assert.ok((checkOf(NOW_MS + 8 * MINUTE_MS) ?? 0) > 51);
  });

  it('puts a margin that is longer than the life at its beginning', () => {
    const { short } = lineOf({ shortFromMs: NOW_MS - 7 * HOUR_MS });
    assert.deepEqual([short.percent, short.beyond], [0, true]);
  });

  it('takes a beginning in the future for now', () => {
    const { start, now } = lineOf({ sinceMs: NOW_MS + HOUR_MS });
    assert.deepEqual([start.atMs, now.percent], [NOW_MS, 0]);
  });

  it('has everything inside, in the order of time, whatever the row says', () => {
    const moment = fc.oneof(fc.integer({ min: NOW_MS - 30 * DAY_MS, max: NOW_MS + 30 * DAY_MS }), fc.maxSafeInteger());
    const moments = fc.record({
      sinceMs: fc.option(moment, { nil: undefined }),
      expiresAtMs: moment,
      shortFromMs: moment,
      nowMs: moment,
      checkAtMs: fc.option(moment, { nil: undefined }),
    });
    fc.assert(
      fc.property(moments, (given) => {
        const places = placesOf(layOutLife(given));
        for (const { percent } of places) assert.ok(percent >= 0 && percent <= 100);
        const sorted = places.toSorted((a, b) => a.atMs - b.atMs);
        for (const [index, { percent }] of sorted.entries()) assert.ok(percent >= (sorted[index - 1]?.percent ?? 0));
      }),
    );
  });
});

describe('the picture of a life', () => {
  const words = { id: 'line', title: 'A life', description: 'All of it', shortLabel: 'due from' };
  const draw = (overrides: Partial<Moments> = {}) => drawTimeLine(lineOf(overrides), words).toString();

  it('has a name, a description, and a label for each thing', () => {
    const picture = draw();
    assert.match(picture, /role="img"\s+aria-labelledby="line-title line-desc"/);
    const labels = [...picture.matchAll(/<text[^>]*>\s*([^<]+?)\s*<\/text\s*>/g)].map(([, label]) => label);
    assert.deepEqual(labels, ['now 12:00', 'due from 17:00', 'next check 12:30', '06:00', 'ends 18:00']);
  });

  it('has arrows for what lies beyond, and no next check where none comes', () => {
    assert.match(draw({ checkAtMs: NOW_MS + 400 * DAY_MS }), /next check 19 Feb 2027 →/);
    assert.match(draw({ shortFromMs: NOW_MS - DAY_MS }), /← due from 14 Jan 12:00/);
    assert.doesNotMatch(draw({ checkAtMs: undefined }), /next check/);
  });
});
