import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { authenticate } from '../callers/authenticate.ts';
import { renewAccess } from '../callers/renewal.ts';
import { refusalAnswer, renewalAnswer } from '../http/auth-route.ts';
import { logEvent } from '../telemetry/events.ts';
import { answeringWithCallers, callersUnavailable } from './answering.ts';

/** Answers `GET /api/auth/refresh_token`. */
export function renewCallerAccess(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answeringWithCallers(context, async (callers) => {
    const bearer = await authenticate(callers, request.headers.get('authorization'), 'refresh');
    if (bearer.result === 'refused') return refusalAnswer(bearer.code, 'refresh');
    const { caller } = bearer.identity;
    const renewal = await renewAccess(callers, bearer.identity);
    switch (renewal.result) {
      case 'renewed':
        logEvent(context, { name: 'caller.renewed', caller });
        return renewalAnswer(renewal);
      case 'refused':
        logEvent(context, { name: 'caller.renewal_refused', caller });
        return refusalAnswer('invalid_token', 'refresh');
      case 'store-unavailable':
        return callersUnavailable(context, renewal.code);
    }
  });
}
