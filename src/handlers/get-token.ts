import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { ACCOUNT } from '../app.ts';
import { handOutToken } from '../hand-out/hand-out.ts';
import { problem } from '../http/problem.ts';
import { readTokenQuery } from '../http/token-route.ts';
import { answeringCaller, answerHandOut } from './answering.ts';

/** Answers `GET /api/token`. */
export function getToken(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answeringCaller({ request, context }, async ({ settings, handOut }, caller) => {
    const query = readTokenQuery(request, settings.marginMs / 1000);
    if (!query.ok) return problem('invalid_request', { detail: query.detail });
    const { minTtlSeconds } = query;
    return answerHandOut({ request, context, caller }, handOut.nowMs, () =>
      handOutToken(handOut, { account: ACCOUNT, minTtlSeconds }),
    );
  });
}
