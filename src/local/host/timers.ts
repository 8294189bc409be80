// Runs timer functions on their schedules. One whose schedule cannot be read is switched off with one line in the log,
// and everything else goes on, as in Azure.
import { createSchedule } from '../../settings/schedule.ts';
import { readSchedule } from './schedules.ts';
import type { Log } from './log.ts';
import type { HostFunction } from './triggers.ts';

export type RunReason = 'schedule' | 'startup' | 'manual';

export interface Timer {
  fn: HostFunction;
  expression: string;
  runOnStartup: boolean;
}

export interface RunningTimers {
  nextRun(timer: Timer): Date | undefined;
  stop(): void;
}

/** What the host gives a timer function; `ScheduleStatus` is null there too when the host keeps no schedule monitor. */
export const TIMER_INPUT = {
  json: '{"Schedule":{"AdjustForDST":true},"ScheduleStatus":null,"IsPastDue":false}',
};

/** The timers that can run; a line in the log for each that cannot. */
export function planTimers(
  functions: readonly HostFunction[],
  { env, log }: { env: Record<string, string | undefined>; log: Log },
): Timer[] {
  return functions.flatMap((fn) => {
    if (fn.trigger.kind !== 'timer') return [];
    const schedule = readSchedule(fn.trigger.schedule, env);
    if (schedule.ok) return [{ fn, expression: schedule.expression, runOnStartup: fn.trigger.runOnStartup }];
    log.write('ERROR', fn.name, `The timer is switched off: ${schedule.problem}.`);
    return [];
  });
}

/** `run` must not reject. Scheduled runs of one timer never overlap; a tick that comes due during a run is skipped. */
export function startTimers(
  timers: readonly Timer[],
  run: (fn: HostFunction, reason: RunReason) => Promise<void>,
): RunningTimers {
  const jobs = new Map(
    timers.map((timer) => [timer, createSchedule(timer.expression, () => run(timer.fn, 'schedule'))]),
  );
  for (const timer of timers) if (timer.runOnStartup) void run(timer.fn, 'startup');
  return {
    nextRun: (timer) => jobs.get(timer)?.nextRun() ?? undefined,
    stop() {
      for (const job of jobs.values()) job.stop();
    },
  };
}
