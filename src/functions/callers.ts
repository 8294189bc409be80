/** `POST /api/auth/login` and `GET /api/auth/refresh_token`. */
import { randomInt } from 'node:crypto';
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { type CallersApp } from '../app.ts';
import { authenticate } from '../callers/authenticate.ts';
import { type CallerParts, logIn, renewAccess } from '../callers/login.ts';
import { loginAnswer, readLogin, refusalAnswer, renewalAnswer } from '../http/auth-route.ts';
import { problem } from '../http/problem.ts';
import { StoreError } from '../store/token-store.ts';
import { answering } from './answering.ts';

/** Answers `POST /api/auth/login`. */
export function logInCaller(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answeringWithCallers(context, async (parts, refusedLogins) => {
    const credentials = await readLogin(request);
    if (!credentials.ok) return problem('invalid_request', { detail: credentials.error });
    const { nowMs, logEvent } = parts;
    const startedAtMs = nowMs();
    const login = await logIn(parts, credentials.value);
    if (!login.ok) {
      refusedLogins.add(login.error, logEvent);
      return problem('invalid_client');
    }
    logEvent({ name: 'caller.logged_in', caller: login.value.caller, ms: nowMs() - startedAtMs });
    return loginAnswer(login.value);
  });
}

/** Answers `GET /api/auth/refresh_token`. */
export function renewCallerAccess(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answeringWithCallers(context, async (parts) => {
    const identity = await authenticate(parts, request.headers.get('authorization'), 'refresh');
    if (!identity.ok) return refusalAnswer(identity.error, 'refresh');
    const { caller } = identity.value;
    const access = await renewAccess(parts, identity.value);
    parts.logEvent({ name: access ? 'caller.renewed' : 'caller.renewal_refused', caller });
    return access ? renewalAnswer(access) : refusalAnswer('invalid_token', 'refresh');
  });
}

/** Answers on a route that exists only with `CALLER_AUTH=jwt`. */
function answeringWithCallers(
  context: InvocationContext,
  answer: (parts: CallerParts, refusedLogins: CallersApp['refusedLogins']) => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  return answering(context, async ({ callers }, logEvent) => {
    if (callers === undefined) throw new Error('The auth routes are registered, but CALLER_AUTH is not jwt');
    try {
      return await answer({ ...callers, logEvent }, callers.refusedLogins);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      logEvent({ name: 'caller.store_failed', code: error.code });
      const detail = "The callers' table cannot be reached. Try again.";
      return problem('store_unavailable', { detail, retryAfterSeconds: retryAfterSeconds() });
    }
  });
}

/** Spread, so that callers that failed together do not return together. */
function retryAfterSeconds(): number {
  return randomInt(3, 9);
}
