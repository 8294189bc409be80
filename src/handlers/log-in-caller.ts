import { randomInt } from 'node:crypto';
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { type Credentials, logIn, type LoginParts } from '../callers/login.ts';
import { loginAnswer, readLogin } from '../http/auth-route.ts';
import { problem } from '../http/problem.ts';
import { logEvent } from '../telemetry/events.ts';
import { answeringWithCallers, callersUnavailable } from './answering.ts';

/** A crowd that was sent away comes back over so many seconds, and not together. */
const CROWD_RETRY_SECONDS = 5;

/** Answers `POST /api/auth/login`. */
export function logInCaller(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answeringWithCallers(context, async (callers) => {
    const login = await readLogin(request);
    if (!login.ok) return problem('invalid_request', { detail: login.detail });
    return answerLogin(context, callers, login);
  });
}

async function answerLogin(
  context: InvocationContext,
  callers: LoginParts,
  credentials: Credentials,
): Promise<HttpResponseInit> {
  const startedAtMs = callers.nowMs();
  const login = await logIn(callers, credentials);
  switch (login.result) {
    case 'logged-in':
      logEvent(context, { name: 'caller.logged_in', caller: login.caller, ms: callers.nowMs() - startedAtMs });
      return loginAnswer(login);
    case 'refused':
      logEvent(context, { name: 'caller.login_failed', caller: login.caller });
      return problem('invalid_client');
    case 'throttled':
      logEvent(context, { name: 'caller.login_throttled', caller: login.caller });
      return problem('too_many_attempts', { retryAfterSeconds: Math.ceil(login.waitMs / 1000) });
    case 'crowded':
      logEvent(context, { name: 'caller.logins_crowded' });
      return problem('too_many_attempts', {
        detail: 'Too many log in at once. Wait before the next try.',
        retryAfterSeconds: randomInt(1, CROWD_RETRY_SECONDS + 1),
      });
    case 'store-unavailable':
      return callersUnavailable(context, login.code);
  }
}
