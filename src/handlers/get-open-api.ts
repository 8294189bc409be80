import type { HttpResponseInit, InvocationContext } from '@azure/functions';
import manifest from '../../package.json' with { type: 'json' };
import { describeApi } from '../http/openapi.ts';
import { JSON_HEADERS } from '../http/problem.ts';
import { statusSchema } from '../status/status-json.ts';
import { answering } from './answering.ts';

/** The description is the same whatever the settings are: made once. */
const body = JSON.stringify(describeApi(manifest.version, statusSchema));

/** Answers `GET /api/openapi.json`. */
export function getOpenApi(context: InvocationContext): Promise<HttpResponseInit> {
  return answering(context, async () => ({ headers: JSON_HEADERS, body }));
}
