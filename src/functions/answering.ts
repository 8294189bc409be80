/** From an invocation to the app of this process, and from a failure to an answer. */
import type { HttpResponseInit, InvocationContext } from '@azure/functions';
import { type App, getApp, MisconfiguredError } from '../app.ts';
import { problem, type ProblemCode } from '../http/problem.ts';
import type { LogEvent } from '../telemetry/log.ts';
import { logDuring } from '../telemetry/log.ts';
import { describeUnexpected } from '../telemetry/unexpected-error.ts';

/** Answers with the app of this process. An error becomes a problem that reveals nothing of it; the log describes it. */
export function answering(
  context: InvocationContext,
  answer: (app: App, logEvent: LogEvent) => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  return logDuring(context, async (logEvent) => {
    try {
      return await answer(await getApp(logEvent), logEvent);
    } catch (error) {
      return problem(logFailure(logEvent, error));
    }
  });
}

/**
 * Logs why an invocation failed: wrong settings by name, and an unexpected error by what cannot contain a secret. The
 * error itself may contain anything, and must not reach an answer or the host.
 */
export function logFailure(
  logEvent: LogEvent,
  error: unknown,
): Extract<ProblemCode, 'misconfigured' | 'internal_error'> {
  if (error instanceof MisconfiguredError) {
    logEvent({ name: 'settings.invalid', message: error.message });
    return 'misconfigured';
  }
  logEvent({ name: 'invocation.failed', ...describeUnexpected(error) });
  return 'internal_error';
}
