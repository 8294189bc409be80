import { Cron } from 'croner';

/** How many runs are looked at to find the longest gap: more than a week of half hours. */
const RUNS_LOOKED_AT = 400;

/** Months and days by name, short or whole. */
const NAMES = /\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)[a-z]*/gi;

/**
 * A schedule as the Functions host reads it: NCRONTAB, UTC, day of month AND day of week, `5/15` allowed. What only
 * croner knows (L, W, #, ?, @daily, Sunday as 7) is refused, as the host refuses it.
 *
 * @param run called when the schedule comes due, but not while the promise that it returned last is still pending
 * @throws {TypeError} when the expression is no NCRONTAB
 * @see https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export function createSchedule(expression: string, run?: () => Promise<void>): Cron {
  const shortened = expression.trim().replaceAll(NAMES, '$1');
  const dayOfWeek = shortened.split(/\s+/).at(-1) ?? '';
  if (!/^[\d*,\-/\s]+$/.test(shortened.replaceAll(NAMES, '1')) || /(?<![/\d])7/.test(dayOfWeek)) {
    throw new TypeError('Not an NCRONTAB expression');
  }
  // UTC by its offset: by its name, croner would ask Intl for each of 400 runs, which takes longer than all other settings.
  const options = { mode: '5-or-6-parts', utcOffset: 0, domAndDow: true, sloppyRanges: true } as const;
  return run === undefined ? new Cron(shortened, options) : new Cron(shortened, { ...options, protect: true }, run);
}

/**
 * The schedule's period: the longest time between two runs in a row, of those that come next.
 *
 * @param expression six-field NCRONTAB
 * @returns milliseconds, or `undefined` where the expression does not parse or never fires twice
 */
export function schedulePeriodMs(expression: string, nowMs: number): number | undefined {
  const runs = nextRunsMs(expression, nowMs);
  if (runs.length < 2) return undefined;
  return Math.max(...runs.slice(1).map((run, index) => run - (runs[index] ?? run)));
}

/**
 * The first run at or after a moment.
 *
 * @param expression a schedule that `schedulePeriodMs` takes
 * @returns milliseconds, or `undefined` where none comes before the end of what a date can say
 */
export function firstRunMs(expression: string, fromMs: number): number | undefined {
  const from = new Date(fromMs - 1); // what croner looks for comes after a moment
  if (Number.isNaN(from.getTime())) return undefined;
  return createSchedule(expression).nextRun(from)?.getTime();
}

function nextRunsMs(expression: string, nowMs: number): number[] {
  if (expression.trim().split(/\s+/).length !== 6) return [];
  try {
    return createSchedule(expression)
      .nextRuns(RUNS_LOOKED_AT, new Date(nowMs))
      .map((run) => run.getTime());
  } catch {
    return []; // not a schedule; the caller names the setting
  }
}
