/** What all answers have in common. */
import type { HttpResponseInit } from '@azure/functions';
import type { HealthBody } from './answer-schemas.ts';

/** On every answer: no cache may keep a token, or the lack of one. */
export const NO_STORE = { 'Cache-Control': 'no-store' };

/** For answers to a browser: no guessing of the type, and no referrer, because the URL may contain a function key. */
export const GUARDED = { ...NO_STORE, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

export function jsonAnswer(body: object, status = 200): HttpResponseInit {
  return { status, headers: { ...NO_STORE, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** The answer of `GET /api/health`; for `HEAD`, the same without the body. */
export function healthAnswer(status: HealthBody['status'], method: string): HttpResponseInit {
  const { body, ...head } = jsonAnswer({ status } satisfies HealthBody, status === 'down' ? 503 : 200);
  return method === 'HEAD' ? head : { ...head, body };
}
