/** The timer's schedule: NCRONTAB with six fields, UTC. No clock. */
import { Cron } from 'croner';

/** Names of months and days, short or long. */
const NAMES = /\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)[a-z]*/gi;

const DAY_MS = 24 * 3_600_000;

/** The period is measured from here, so that it does not depend on the time of the call. */
const REFERENCE_MS = Date.UTC(2000, 0, 1);

/** The days that are checked for the longest gap: more than a year of them. */
const DATES_CHECKED = 400;

/**
 * Parses a schedule as the Functions host does: day of month AND day of week, `5/15` allowed. Extensions that only
 * croner has (L, W, #, ?, @daily, Sunday as 7) are rejected, because the host rejects them.
 *
 * @param run called at each scheduled time, unless the promise that it last returned is still pending
 * @throws {TypeError} if the expression is not NCRONTAB
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function createSchedule(expression: string, run?: () => Promise<void>): Cron {
  const shortened = expression.trim().replaceAll(NAMES, '$1');
  const dayOfWeek = shortened.split(/\s+/).at(-1) ?? '';
  if (!/^[\d*,\-/\s]+$/.test(shortened.replaceAll(NAMES, '1')) || /(?<![/\d])7/.test(dayOfWeek)) {
    throw new TypeError('Not an NCRONTAB expression');
  }
  // UTC as an offset: for a time zone's name, croner would call Intl for each run, which takes longer than all settings.
  const options = { mode: '5-or-6-parts', utcOffset: 0, domAndDow: true, sloppyRanges: true } as const;
  return run === undefined ? new Cron(shortened, options) : new Cron(shortened, { ...options, protect: true }, run);
}

/**
 * The first run after a moment.
 *
 * @param expression a schedule for which `schedulePeriodMs` returns a period
 * @returns milliseconds, or `undefined` if there is none before the end of JavaScript's dates
 */
export function nextRunMs(expression: string, afterMs: number): number | undefined {
  const after = new Date(afterMs);
  return Number.isNaN(after.getTime()) ? undefined : createSchedule(expression).nextRun(after)?.getTime();
}

/**
 * The schedule's period: the longest time between two runs in a row, in whole minutes (seconds are ignored). It is the
 * longest pause within a day, or the pause from the last run of a day to the first run of the next day with runs.
 *
 * @returns milliseconds, or `undefined` if the expression is not NCRONTAB with six fields, or never fires twice
 */
export function schedulePeriodMs(expression: string): number | undefined {
  const [, minutes, hours, ...days] = expression.trim().split(/\s+/);
  if (days.length !== 3) return undefined;
  try {
    createSchedule(expression);
    const times = runsMs(`0 ${minutes} ${hours} * * *`, { endMs: REFERENCE_MS + DAY_MS });
    const daily = days.every((field) => field === '*');
    const dates = daily ? [0, DAY_MS] : runsMs(`0 0 0 ${days.join(' ')}`, { most: DATES_CHECKED });
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined || dates.length < 2) return undefined;
    return Math.max(longestGapMs(times), longestGapMs(dates) + first - last);
  } catch {
    return undefined; // not NCRONTAB
  }
}

/** The runs from the reference on: before `endMs`, and no more than `most`. */
function runsMs(expression: string, { endMs = Infinity, most = Infinity }): number[] {
  const schedule = createSchedule(expression);
  const runs: number[] = [];
  let run = schedule.nextRun(new Date(REFERENCE_MS - 1));
  while (run && run.getTime() < endMs && runs.length < most) {
    runs.push(run.getTime());
    run = schedule.nextRun(run);
  }
  return runs;
}

/** @returns 0 for less than two moments */
function longestGapMs(momentsMs: readonly number[]): number {
  return Math.max(0, ...momentsMs.slice(1).map((ms, index) => ms - (momentsMs[index] ?? ms)));
}
