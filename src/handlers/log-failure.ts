import { MisconfiguredError } from '../app.ts';
import type { ProblemCode } from '../http/problem.ts';
import { logEvent } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { describeUnexpected } from '../telemetry/unexpected-error.ts';

/**
 * Tells the log why an invocation failed: wrong settings by their names, and whatever nobody foresaw by what no secret
 * gets into. The error itself may carry anything, and is not to reach an answer or the host.
 */
export function logFailure(log: Log, error: unknown): Extract<ProblemCode, 'misconfigured' | 'internal_error'> {
  if (error instanceof MisconfiguredError) {
    logEvent(log, { name: 'settings.invalid', message: error.message });
    return 'misconfigured';
  }
  logEvent(log, { name: 'invocation.failed', ...describeUnexpected(error) });
  return 'internal_error';
}
