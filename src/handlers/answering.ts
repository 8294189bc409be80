import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { ACCOUNT, type App, getApp } from '../app.ts';
import type { LoginParts } from '../callers/login.ts';
import type { HandOut } from '../hand-out/hand-out.ts';
import { refusalAnswer } from '../http/auth-route.ts';
import { problem } from '../http/problem.ts';
import { tokenAnswer } from '../http/token-route.ts';
import { logEvent } from '../telemetry/events.ts';
import { logFailure } from './log-failure.ts';

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
    return problem(logFailure(context, error));
  }
}

/**
 * Answers whoever has proven who it is: to the host by a function key, or to us by an access token.
 *
 * @param answer is told who calls: the caller's name, or `function-key`, which many may have
 */
export function answeringCaller(
  { request, context }: { readonly request: HttpRequest; readonly context: InvocationContext },
  answer: (app: App, caller: string) => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  return answering(context, async (app) => {
    if (app.callers === undefined) return answer(app, 'function-key');
    const { authenticate } = await import('../callers/authenticate.ts'); // and jose: only where there are JWTs
    const bearer = await authenticate(app.callers, request.headers.get('authorization'), 'access');
    return bearer.result === 'refused' ? refusalAnswer(bearer.code, 'access') : answer(app, bearer.identity.caller);
  });
}

/** Answers on a route that exists only where callers have tokens of ours. */
export function answeringWithCallers(
  context: InvocationContext,
  answer: (callers: LoginParts) => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  return answering(context, async ({ callers }) => {
    if (callers === undefined) throw new Error('The auth routes are registered, and CALLER_AUTH is not jwt');
    return answer(callers);
  });
}

/** What `Retry-After` says while the callers' table is out of reach. */
const STORE_RETRY_SECONDS = 5;

/** The callers' table is out of reach: 503. */
export function callersUnavailable(context: InvocationContext, code: string): HttpResponseInit {
  logEvent(context, { name: 'caller.store_failed', code });
  const detail = "The callers' table is out of reach. Try again.";
  return problem('store_unavailable', { detail, retryAfterSeconds: STORE_RETRY_SECONDS });
}

/** A request, the invocation that answers it, and who calls. */
export type Call = {
  readonly request: HttpRequest;
  readonly context: InvocationContext;
  readonly caller: string;
};

/** A hand-out on the wire, and in the log: the token as the caller likes it, or why there is none. */
export async function answerHandOut(
  { request, context, caller }: Call,
  nowMs: () => number,
  handOut: () => Promise<HandOut>,
): Promise<HttpResponseInit> {
  const startedAtMs = nowMs();
  const handedOut = await handOut();
  const ms = nowMs() - startedAtMs;
  switch (handedOut.result) {
    case 'token': {
      const { from, token } = handedOut;
      const { generation } = token;
      const secondsLeft = Math.floor(token.lifeMs / 1000);
      logEvent(context, { name: 'token.served', account: ACCOUNT, caller, generation, secondsLeft, from, ms });
      return tokenAnswer(token, request.headers.get('accept'));
    }
    case 'unavailable':
      logEvent(context, { name: 'token.withheld', account: ACCOUNT, caller, code: handedOut.code, ms });
      return problem(handedOut.code, { retryAfterSeconds: handedOut.retryAfterSeconds });
  }
}
