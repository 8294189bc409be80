/** `GET /api/health` on the wire. */
import type { HttpResponseInit } from '@azure/functions';
import type { HealthBody } from './answer-schemas.ts';
import { JSON_HEADERS } from './problem.ts';

export function healthAnswer(status: 'ok' | 'degraded' | 'down'): HttpResponseInit {
  return {
    status: status === 'down' ? 503 : 200,
    headers: JSON_HEADERS,
    body: JSON.stringify({ status } satisfies HealthBody),
  };
}
