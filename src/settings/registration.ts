/**
 * What registration needs from the environment. It is read apart from the other settings, because registration must
 * neither load a validation library nor throw: an entry file that throws hides every function from the host.
 */

/** Every half hour, on the hour and half past, UTC. */
export const DEFAULT_SCHEDULE = '0 */30 * * * *';

/**
 * The schedule to register the timer with. The host resolves `%REFRESH_SCHEDULE%` itself. If the setting is absent, the
 * host would disable the timer and log one line, so the default is registered literally.
 *
 * @returns a six-field NCRONTAB expression, or the host's placeholder for one
 */
export function timerSchedule(env: NodeJS.ProcessEnv = process.env): string {
  return env.REFRESH_SCHEDULE ? '%REFRESH_SCHEDULE%' : DEFAULT_SCHEDULE;
}

/** What the host checks before it calls one of our functions. */
export type HostCheck = 'function' | 'anonymous';

/**
 * What the host checks on the routes for callers. With `CALLER_AUTH=jwt` the app checks callers itself. Any other value,
 * even an invalid one, leaves the check with the host, so that a wrong setting opens no route.
 */
export function callerCheck(env: NodeJS.ProcessEnv = process.env): HostCheck {
  return env.CALLER_AUTH === 'jwt' ? 'anonymous' : 'function';
}
