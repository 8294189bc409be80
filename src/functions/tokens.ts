/** `GET /api/token` and `POST /api/token/refresh`. */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { ACCOUNT, type App } from '../app.ts';
import { type HandOut, handOutToken } from '../hand-out/hand-out.ts';
import { replaceRefusedToken } from '../hand-out/refused-token.ts';
import type { RenewParts } from '../hand-out/renew.ts';
import { refusalAnswer } from '../http/auth-route.ts';
import { problem } from '../http/problem.ts';
import { readMinTtl, readReport, tokenAnswer } from '../http/token-route.ts';
import type { LogEvent } from '../telemetry/log.ts';
import { answering } from './answering.ts';

/** Answers `GET /api/token`. */
export function getToken(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answeringCaller(request, context, async ({ settings }, call) => {
    const minTtl = readMinTtl(request, settings.marginMs / 1000);
    if (!minTtl.ok) return problem('invalid_request', { detail: minTtl.error });
    return answerHandOut(call, () => handOutToken(call.handOut, { account: ACCOUNT, minTtlSeconds: minTtl.value }));
  });
}

/** Answers `POST /api/token/refresh`. */
export function reportRefusedToken(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answeringCaller(request, context, async (_app, call) => {
    const report = await readReport(request);
    if (!report.ok) return problem('invalid_request', { detail: report.error });
    return answerHandOut(call, () => replaceRefusedToken(call.handOut, { account: ACCOUNT, generation: report.value }));
  });
}

/** A call whose caller is known. */
type Call = {
  readonly accept: string | null;
  /** The caller's name, or `function-key`: many callers may share one. */
  readonly caller: string;
  readonly handOut: RenewParts;
  readonly logEvent: LogEvent;
};

/** Answers a caller that has authenticated: to the host by a function key, or to us by an access token. */
function answeringCaller(
  request: HttpRequest,
  context: InvocationContext,
  answer: (app: App, call: Call) => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  return answering(context, async (app, logEvent) => {
    const call = { accept: request.headers.get('accept'), handOut: { ...app.handOut, logEvent }, logEvent };
    if (app.callers === undefined) return answer(app, { ...call, caller: 'function-key' });
    const { authenticate } = await import('../callers/authenticate.ts'); // loads jose
    const identity = await authenticate(app.callers, request.headers.get('authorization'), 'access');
    if (!identity.ok) return refusalAnswer(identity.error, 'access');
    return answer(app, { ...call, caller: identity.value.caller });
  });
}

/** Answers with the token or the reason there is none, and logs it. */
async function answerHandOut(
  { accept, caller, handOut: { nowMs }, logEvent }: Call,
  handOut: () => Promise<HandOut>,
): Promise<HttpResponseInit> {
  const startedAtMs = nowMs();
  const handedOut = await handOut();
  const ms = nowMs() - startedAtMs;
  switch (handedOut.result) {
    case 'token': {
      const { from, token } = handedOut;
      const { generation, lifeMs } = token;
      const secondsLeft = Math.floor(lifeMs / 1000);
      logEvent({ name: 'token.served', account: ACCOUNT, caller, generation, secondsLeft, from, ms });
      return tokenAnswer(token, accept);
    }
    case 'unavailable': {
      const { code, retryAfterSeconds } = handedOut;
      logEvent({ name: 'token.withheld', account: ACCOUNT, caller, code, ms });
      return problem(code, { retryAfterSeconds });
    }
  }
}
