import type { InvocationContext } from '@azure/functions';
import { ACCOUNT, getApp } from '../app.ts';
import { checkAccount } from '../rotation/check-account.ts';
import { report } from '../telemetry/events.ts';

/**
 * Runs the timer's check.
 *
 * @throws {RotationFailedError | MisconfiguredError} so that Azure counts the invocation as failed
 */
export async function refreshTokens(context: InvocationContext): Promise<void> {
  const { checks } = await getApp(context);
  await checkAccount(checks, {
    account: ACCOUNT,
    occasion: { trigger: 'timer' },
    report: (event) => report(context, event),
  });
}
