import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { ACCOUNT } from '../app.ts';
import { prefersJson, statusJsonAnswer, statusPageAnswer } from '../http/status-route.ts';
import { CONTENT_SECURITY_POLICY, writePage } from '../status/page.ts';
import { toStatusJson } from '../status/status-json.ts';
import { reportStatus } from '../status/status-report.ts';
import { answering } from './answering.ts';

/**
 * Answers `GET /api/status`: reads, and never causes a rotation. It always looks at the table: who looks at the page
 * wants to see what is so now, not what this instance remembers. The host has checked the function key.
 */
export function getStatus(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answering(context, async ({ settings, handOut, fingerprints }) => {
    const known = await handOut.memory.read(ACCOUNT);
    const report = reportStatus(known, { account: ACCOUNT, settings, fingerprints, nowMs: handOut.nowMs() });
    if (prefersJson(request.headers.get('accept'))) return statusJsonAnswer(toStatusJson(report));
    return statusPageAnswer(writePage(report), CONTENT_SECURITY_POLICY);
  });
}
