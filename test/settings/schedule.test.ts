import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSchedule, nextRunMs, schedulePeriodMs } from '../../src/settings/schedule.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS } from '../fixtures.ts';

/** The next runs after 15 January 2026, 12:00 UTC, a Thursday. */
function nextRuns(expression: string, count: number): string[] {
  return createSchedule(expression)
    .nextRuns(count, new Date(NOW_MS))
    .map((run) => run.toISOString());
}

describe('createSchedule', () => {
  it('reads a start with a step as the host does: from there to the end of the hour', () => {
    assert.deepEqual(nextRuns('0 5/15 * * * *', 5), [
      '2026-01-15T12:05:00.000Z',
      '2026-01-15T12:20:00.000Z',
      '2026-01-15T12:35:00.000Z',
      '2026-01-15T12:50:00.000Z',
      '2026-01-15T13:05:00.000Z',
    ]);
  });

  it('needs day of month AND day of week', () => {
    assert.deepEqual(nextRuns('0 0 0 13 * 5', 2), ['2026-02-13T00:00:00.000Z', '2026-03-13T00:00:00.000Z']);
  });

  it('counts in UTC, where no hour is skipped or repeated', () => {
    const runs = createSchedule('0 30 * * * *').nextRuns(48, new Date('2026-03-28T12:00:00Z'));
    const gaps = runs.slice(1).map((run, index) => run.getTime() - (runs[index]?.getTime() ?? 0));
    assert.deepEqual(new Set(gaps), new Set([HOUR_MS]));
    assert.equal(runs[0]?.toISOString(), '2026-03-28T12:30:00.000Z');
  });

  it('accepts names of months and days', () => {
    const mondayAndTuesday = ['2026-02-02T06:00:00.000Z', '2026-02-03T06:00:00.000Z'];
    for (const expression of ['0 0 6 * Feb Mon-Tue', '0 0 6 * FEB mon,tue', '0 0 6 * February Monday-Tuesday']) {
      assert.deepEqual(nextRuns(expression, 2), mondayAndTuesday, expression);
    }
  });
});

describe('nextRunMs', () => {
  const halfHours = (afterMs: number) => nextRunMs('0 */30 * * * *', afterMs);

  it('is the run that comes right after the moment', () => assert.equal(halfHours(NOW_MS - 1), NOW_MS));

  for (const pastMs of [0, 1, 999, 1_000, 30 * MINUTE_MS - 1]) {
    it(`is the next one ${pastMs} ms after a run`, () => {
      assert.equal(halfHours(NOW_MS + pastMs), NOW_MS + 30 * MINUTE_MS);
    });
  }

  it('looks years ahead', () => assert.equal(nextRunMs('0 0 0 29 2 *', NOW_MS), Date.UTC(2028, 1, 29)));

  it('is undefined beyond the range of dates', () => {
    for (const afterMs of [Number.MAX_SAFE_INTEGER, Infinity, Number.NaN]) assert.equal(halfHours(afterMs), undefined);
  });
});

describe('schedulePeriodMs', () => {
  const periods = [
    { expression: '0 */30 * * * *', period: 30 * MINUTE_MS },
    { expression: '0 5/15 * * * *', period: 15 * MINUTE_MS },
    { expression: '*/10 * * * * *', period: MINUTE_MS },
    { expression: '0 0 9-17 * * *', period: 16 * HOUR_MS },
    { expression: '0 0 12 * * 1-5', period: 3 * DAY_MS },
    { expression: '0 * 8-18 * * 1-5', period: 3_661 * MINUTE_MS },
    { expression: '0 0 0 1 1 *', period: 366 * DAY_MS },
    { expression: '0 0 0 29 2 *', period: (8 * 365 + 1) * DAY_MS },
    { expression: '0 0 0 * 1-11 *', period: 32 * DAY_MS },
  ];
  for (const { expression, period } of periods) {
    it(`is the longest gap of ${expression}`, () => assert.equal(schedulePeriodMs(expression), period));
  }

  const refused = {
    'has five fields': '*/30 * * * *',
    'has seven fields': '0 */30 * * * * 2026',
    'is empty': '',
    'never fires': '0 0 0 30 2 *',
    'is a date': '2030-01-01T00:00:00',
    'is out of range': '0 60 * * * *',
    'has seconds out of range': '60 * * * * *',
    'is a nickname': '@hourly',
    'is a time span': '00:30:00',
    'is prose': 'every half hour',
  };
  for (const [why, expression] of Object.entries(refused)) {
    it(`is undefined for what ${why}`, () => assert.equal(schedulePeriodMs(expression), undefined));
  }

  // NCRONTAB has none of these. If the app accepted them, the host would still reject them, and the timer would never run.
  for (const expression of [
    '0 0 0 L * *',
    '0 0 0 15W * *',
    '0 0 0 * * 5#2',
    '0 0 0 * * 5L',
    '0 0 0 ? * *',
    '0 0 0 * * 7',
  ]) {
    it(`is undefined for ${expression}, which is not NCRONTAB`, () => {
      assert.equal(schedulePeriodMs(expression), undefined);
    });
  }
});
