import { Cron } from 'croner';

/** How many runs are looked at to find the longest gap: more than a week of half hours. */
const RUNS_LOOKED_AT = 400;

/** Parses a schedule as the Functions host does: six fields, UTC, day of month AND day of week. */
export function parseSchedule(expression: string): Cron {
  return new Cron(expression, { mode: '6-part', timezone: 'UTC', domAndDow: true, sloppyRanges: true, paused: true });
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

function nextRunsMs(expression: string, nowMs: number): number[] {
  try {
    return parseSchedule(expression)
      .nextRuns(RUNS_LOOKED_AT, new Date(nowMs))
      .map((run) => run.getTime());
  } catch {
    return []; // croner throws on an expression that it cannot parse; the caller names the setting
  }
}
