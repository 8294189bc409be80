/** `GET /api/health` on the wire. */
import type { HttpResponseInit } from '@azure/functions';
import type { HealthBody } from './answer-schemas.ts';
import { NO_STORE } from './problem.ts';

export function healthAnswer(status: 'ok' | 'degraded' | 'down'): HttpResponseInit {
  return {
    status: status === 'down' ? 503 : 200,
    headers: { ...NO_STORE, 'Content-Type': 'application/json' },
    body: JSON.stringify({ status } satisfies HealthBody),
  };
}
