/**
 * Runs timer functions on their schedules. A timer whose schedule cannot be read is disabled with one line in the log, and
 * everything else continues, as in Azure.
 */
import { createSchedule } from '../../settings/schedule.ts';
import { err, ok, type Result } from '../../result.ts';
import type { HostFunction, TimerTrigger } from './load-app.ts';
import type { Log } from './log.ts';

export interface Timer {
  readonly fn: HostFunction<TimerTrigger>;
  readonly expression: string;
}

export interface RunningTimers {
  nextRun(timer: Timer): Date | undefined;
  stop(): void;
}

/**
 * Resolves `%NAME%` and checks that the result is NCRONTAB. Pure.
 *
 * @returns the expression, or what is wrong: it names the setting and never contains its value
 */
export function readSchedule(text: string, env: NodeJS.ProcessEnv): Result<string, string> {
  const names = [...text.matchAll(/%([^%]+)%/g)].map(([, name = '']) => name);
  const missing = names.find((name) => !env[name]);
  if (missing !== undefined) return err(`the setting ${missing} of its schedule is not set`);
  const expression = text.replaceAll(/%([^%]+)%/g, (_, name: string) => env[name] ?? '').trim();
  const what = names.length === 0 ? 'its schedule' : `its schedule ${text}`;
  try {
    if (createSchedule(expression).nextRun() === null) return err(`${what} never comes due`);
    return ok(expression);
  } catch {
    return err(`${what} is not an NCRONTAB expression of six fields`);
  }
}

/** The timers that can run. Logs one line for each that cannot. */
export function planTimers(
  functions: readonly HostFunction<TimerTrigger>[],
  { env, log }: { env: NodeJS.ProcessEnv; log: Log },
): Timer[] {
  return functions.flatMap((fn) => {
    const schedule = readSchedule(fn.trigger.schedule, env);
    if (schedule.ok) return [{ fn, expression: schedule.value }];
    log.write('ERROR', fn.name, `The timer is disabled: ${schedule.error}.`);
    return [];
  });
}

/**
 * Starts the timers. Scheduled runs of one timer never overlap: a run that comes due during another one is skipped.
 *
 * @param run must not reject
 */
export function startTimers(
  timers: readonly Timer[],
  run: (fn: HostFunction<TimerTrigger>) => Promise<void>,
): RunningTimers {
  const jobs = new Map(timers.map((timer) => [timer, createSchedule(timer.expression, () => run(timer.fn))]));
  return {
    nextRun: (timer) => jobs.get(timer)?.nextRun() ?? undefined,
    stop() {
      for (const job of jobs.values()) job.stop();
    },
  };
}
