import type { InvocationContext } from '@azure/functions';
import { ACCOUNT, getApp } from '../app.ts';
import { checkAccount, RotationFailedError } from '../rotation/check-account.ts';
import { logEvent } from '../telemetry/events.ts';
import type { Log } from '../telemetry/log.ts';
import { processLog } from '../telemetry/process-log.ts';
import { logFailure } from './log-failure.ts';

/**
 * Runs the timer's check. What it throws ends up in the host's log as it is, message and all: so nothing but our own
 * errors leaves here.
 *
 * @throws {RotationFailedError | MisconfiguredError | Error} so that Azure counts the invocation as failed
 */
export async function refreshTokens(context: InvocationContext): Promise<void> {
  let log: Log = context;
  try {
    const { checks } = await getApp(context);
    await checkAccount(checks, {
      account: ACCOUNT,
      occasion: { trigger: 'timer' },
      logEvent: (event) => logEvent(log, event),
    });
  } catch (error) {
    throw tellable(context, error);
  } finally {
    log = processLog; // a rotation may outlast the check, and an invocation that has ended logs nothing more
  }
}

/** What the host may log: the reasons that we have words for, and of the others nothing but where to look. */
function tellable(context: InvocationContext, error: unknown): unknown {
  if (error instanceof RotationFailedError || logFailure(context, error) === 'misconfigured') return error;
  return new Error('The check failed in a way that nobody foresaw: see invocation.failed in the log');
}
