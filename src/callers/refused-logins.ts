/**
 * Logs refused logins as one line per minute with a count. Anyone may send logins: a line for each would let a stranger
 * fill the log.
 */
import type { LogEvent } from '../telemetry/log.ts';
import type { RefusedLogin } from './login.ts';

const PERIOD_MS = 60_000;

export type RefusedLogins = {
  /** Counts a refused login. The first one is logged at once, with the given log; later ones at the end of the minute. */
  add(refused: RefusedLogin, logEvent: LogEvent): void;
};

/** @param logLater for the lines at the end of a minute: the invocations that they are about have ended */
export function createRefusedLogins(logLater: LogEvent): RefusedLogins {
  let isWithinPeriod = false;
  let count = 0;
  const callers = new Set<string>(); // existing ones only, so that it stays small
  const write = (logEvent: LogEvent) => {
    isWithinPeriod = count > 0;
    if (!isWithinPeriod) return;
    logEvent({ name: 'caller.logins_refused', count, callers: [...callers] });
    count = 0;
    callers.clear();
    setTimeout(write, PERIOD_MS, logLater).unref();
  };
  return {
    add({ caller }, logEvent) {
      count += 1;
      if (caller !== undefined) callers.add(caller);
      if (!isWithinPeriod) write(logEvent);
    },
  };
}
