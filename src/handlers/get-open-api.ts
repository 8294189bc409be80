import type { HttpResponseInit } from '@azure/functions';
import manifest from '../../package.json' with { type: 'json' };
import { describeApi } from '../http/openapi.ts';
import { statusSchema } from '../status/status-json.ts';
import { NO_STORE } from '../http/problem.ts';

/** The description is the same whatever the settings are, right or wrong: made once. */
const body = JSON.stringify(describeApi(manifest.version, statusSchema));

/** Answers `GET /api/openapi.json`. */
export function getOpenApi(): HttpResponseInit {
  return { headers: { ...NO_STORE, 'Content-Type': 'application/json' }, body };
}
