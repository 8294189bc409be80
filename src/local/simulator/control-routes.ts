import * as z from 'zod';
import { type Answer, answerGatewayRefusal, answerJson, answerNotFound } from './answers.ts';
import { inspectSubscriptionKey } from './authorization.ts';
import type { Controls } from './controls.ts';
import { faultRuleSchema } from './faults.ts';
import type { Request } from './requests.ts';
import { settingsPatchSchema } from './settings.ts';
import { parseJson } from '../../parse-json.ts';

const revokeSchema = z.strictObject({ what: z.enum(['access', 'refresh', 'all']) });

/** Answers a request below `/simulator/`. Bodies are JSON whatever their content type, so that a bare `curl -d` will do. */
export function answerControlRequest(request: Request, controls: Controls, subscriptionKey: string): Answer {
  switch (`${request.method} ${request.path}`) {
    case 'GET /simulator/stats':
      return answerJson(200, controls.stats());
    case 'POST /simulator/faults':
      return withBody(request, faultRuleSchema, (rule) => answerJson(201, controls.addFault(rule)));
    case 'DELETE /simulator/faults':
      return answerJson(200, { cleared: controls.clearFaults() });
    case 'POST /simulator/release':
      return answerJson(200, { released: controls.release() });
    case 'POST /simulator/reset':
      controls.reset();
      return answerJson(200, { reset: true });
    case 'PATCH /simulator/settings':
      return withBody(request, settingsPatchSchema, (patch) => answerJson(200, controls.changeSettings(patch)));
    case 'POST /simulator/revoke':
      return withBody(request, revokeSchema, ({ what }) => answerJson(200, { revoked: controls.revoke(what) }));
    case 'GET /simulator/live':
      return answerLiveness(request, controls, subscriptionKey);
    default:
      return answerNotFound();
  }
}

/** Stands for Quartile's business routes, but asks for no subscription key: only a wrong one is refused. */
function answerLiveness(request: Request, controls: Controls, subscriptionKey: string): Answer {
  if (inspectSubscriptionKey(request, subscriptionKey) === 'invalid') return answerGatewayRefusal('invalid');
  const [, token = ''] = /^Bearer (\S+)$/i.exec(request.headers['authorization'] ?? '') ?? [];
  const liveness = controls.checkAccessToken(token);
  return answerJson(liveness.live ? 200 : 401, liveness);
}

function withBody<T>(request: Request, schema: z.ZodType<T>, answer: (body: T) => Answer): Answer {
  const parsed = parseJson(request.body);
  if (parsed === undefined) {
    return answerJson(400, { issues: [{ code: 'invalid_json', path: [], message: 'The body is not JSON' }] });
  }
  const body = schema.safeParse(parsed);
  return body.success ? answer(body.data) : answerJson(400, { issues: body.error.issues });
}
