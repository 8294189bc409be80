import type { InvocationContext } from '@azure/functions';
import { ACCOUNT, getApp } from '../app.ts';
import { checkAccount, RotationFailedError } from '../rotation/check-account.ts';
import { logDuring, type LogEvent } from '../telemetry/log.ts';
import { logFailure } from './answering.ts';

/**
 * Runs the timer's check. The host logs what this throws with its whole message: only our own errors leave here.
 *
 * @throws {RotationFailedError | MisconfiguredError | Error} so that Azure counts the invocation as failed
 */
export function refreshTokens(context: InvocationContext): Promise<void> {
  return logDuring(context, async (logEvent) => {
    try {
      const { checks } = await getApp(logEvent);
      await checkAccount(checks, { account: ACCOUNT, occasion: { trigger: 'timer' }, logEvent });
    } catch (error) {
      throw withoutSecrets(logEvent, error);
    }
  });
}

/** What the host may log: our own errors as they are; for any other, where to look. */
function withoutSecrets(logEvent: LogEvent, error: unknown): unknown {
  if (error instanceof RotationFailedError || logFailure(logEvent, error) === 'misconfigured') return error;
  return new Error('The check failed unexpectedly: see invocation.failed in the log');
}
