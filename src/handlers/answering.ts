import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { ACCOUNT, type App, getApp, MisconfiguredError } from '../app.ts';
import type { HandOut } from '../hand-out/hand-out.ts';
import { problem } from '../http/problem.ts';
import { tokenAnswer } from '../http/token-route.ts';
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

/** A hand-out on the wire: the token as the caller likes it, or why there is none. */
export function answerHandOut(context: InvocationContext, request: HttpRequest, handedOut: HandOut): HttpResponseInit {
  switch (handedOut.result) {
    case 'token':
      return tokenAnswer(handedOut.token, request.headers.get('accept'));
    case 'unavailable':
      report(context, { name: 'token.withheld', account: ACCOUNT, code: handedOut.code });
      return problem(handedOut.code, { retryAfterSeconds: handedOut.retryAfterSeconds });
  }
}
