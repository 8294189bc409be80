/**
 * What has to be known while functions are registered. Read apart from the other settings, because registration must
 * neither load a validation library nor fail: an entry file that throws hides every function from the host.
 */

/** Every half hour, on the hour and half past, UTC. */
export const DEFAULT_SCHEDULE = '0 */30 * * * *';

/**
 * The schedule to register the timer with. The host resolves `%REFRESH_SCHEDULE%` itself; where the setting is absent
 * it would switch the timer off with one line in its log, so the default is registered literally.
 *
 * @returns a six-field NCRONTAB expression, or the host's placeholder for one
 */
export function timerSchedule(env: NodeJS.ProcessEnv = process.env): string {
  return env.REFRESH_SCHEDULE ? '%REFRESH_SCHEDULE%' : DEFAULT_SCHEDULE;
}

/** What the host checks before it calls one of our functions. */
export type HostCheck = 'function' | 'anonymous';

/**
 * What the host is to check of callers. Whoever proves who they are by our own JWTs is checked by us. A setting that is
 * wrong must not open a door: everything but the exact word leaves the check with the host.
 */
export function callerCheck(env: NodeJS.ProcessEnv = process.env): HostCheck {
  return env.CALLER_AUTH === 'jwt' ? 'anonymous' : 'function';
}
