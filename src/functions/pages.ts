/** `GET /api/status` and `GET /api/openapi.json`. */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import manifest from '../../package.json' with { type: 'json' };
import { ACCOUNT } from '../app.ts';
import { jsonAnswer } from '../http/answers.ts';
import { describeApi } from '../http/openapi.ts';
import { prefersJson, statusJsonAnswer, statusPageAnswer } from '../http/status-route.ts';
import { CONTENT_SECURITY_POLICY, writePage } from '../status/page.ts';
import { describeStatus } from '../status/describe-status.ts';
import { statusSchema } from '../status/status.ts';
import { answering } from './answering.ts';

/**
 * Answers `GET /api/status`. It always reads the table, because people want to see the current state and not what this
 * instance remembers; it never causes a rotation. The host has checked the function key.
 */
export function getStatus(request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> {
  return answering(context, async ({ settings, handOut, fingerprints }) => {
    const known = await handOut.memory.read(ACCOUNT);
    const nowMs = handOut.nowMs();
    const status = describeStatus(known, {
      account: ACCOUNT,
      settings,
      fingerprints,
      savePending: handOut.rotator.isSavePending(ACCOUNT),
      nowMs,
    });
    if (prefersJson(request.headers.get('accept'))) return statusJsonAnswer(status);
    return statusPageAnswer(writePage(status), CONTENT_SECURITY_POLICY);
  });
}

/** The description does not depend on the settings, so it is made once. */
const description = describeApi(manifest.version, statusSchema);

/** Answers `GET /api/openapi.json`. */
export function getOpenApi(context: InvocationContext): Promise<HttpResponseInit> {
  return answering(context, async () => jsonAnswer(description));
}
