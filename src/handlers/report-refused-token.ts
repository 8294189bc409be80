import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { ACCOUNT } from '../app.ts';
import { replaceRefusedToken } from '../hand-out/refused-token.ts';
import { problem } from '../http/problem.ts';
import { readReport } from '../http/report-route.ts';
import { answeringCaller, answerHandOut } from './answering.ts';

/** Answers `POST /api/token/refresh`. */
export function reportRefusedToken(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answeringCaller({ request, context }, async ({ handOut }, caller) => {
    const report = await readReport(request);
    if (!report.ok) return problem('invalid_request', { detail: report.detail });
    const { generation } = report;
    return answerHandOut({ request, context, caller }, handOut.nowMs, () =>
      replaceRefusedToken(handOut, { account: ACCOUNT, generation }),
    );
  });
}
