// A timer's schedule: resolve `%NAME%`, then read it as NCRONTAB in UTC. Pure.
import { createSchedule } from '../../settings/schedule.ts';

export type Schedule = { ok: true; expression: string } | { ok: false; problem: string };

/** A problem names the setting, but never shows a value. */
export function readSchedule(text: string, env: Record<string, string | undefined>): Schedule {
  const missing = [...text.matchAll(/%([^%]+)%/g)].map(([, name = '']) => name).find((name) => !env[name]);
  if (missing !== undefined) return { ok: false, problem: `the setting ${missing} of its schedule is not set` };
  const expression = text.replaceAll(/%([^%]+)%/g, (_, name: string) => env[name] ?? '').trim();
  const where = expression === text.trim() ? 'its schedule' : `its schedule ${text}`;
  try {
    if (createSchedule(expression).nextRun() === null) return { ok: false, problem: `${where} never comes due` };
    return { ok: true, expression };
  } catch {
    return { ok: false, problem: `${where} is not an NCRONTAB expression of six fields` };
  }
}
