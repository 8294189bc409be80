import type { HttpResponseInit, InvocationContext } from '@azure/functions';
import { type App, getApp, MisconfiguredError } from '../app.ts';
import { problem } from '../http/problem.ts';
import { report } from '../telemetry/events.ts';

/**
 * Answers with the app of this process. Whatever is thrown becomes a problem that says nothing of it; the log does.
 *
 * @param answer puts a use case and its result on the wire
 */
export async function answering(
  context: InvocationContext,
  answer: (app: App) => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  try {
    return await answer(await getApp(context));
  } catch (error) {
    if (error instanceof MisconfiguredError) {
      report(context, { name: 'settings.invalid', message: error.message });
      return problem('misconfigured');
    }
    context.error(error);
    return problem('internal_error');
  }
}
