/** `GET /api/status` on the wire: a page for people, and JSON for programs. */
import type { HttpResponseInit } from '@azure/functions';
import Negotiator from 'negotiator';
import { GUARDED } from './answers.ts';

/** Tells whether `Accept` prefers JSON by name. Browsers prefer HTML; a client that accepts anything, as curl does, gets the page. */
export function prefersJson(accept: string | null): boolean {
  if (accept === null) return false;
  return new Negotiator({ headers: { accept } }).mediaType(['text/html', 'application/json']) === 'application/json';
}

/** Always 200, even if the service is down: the page is what was requested. Probes use the health route. */
export function statusPageAnswer(page: string, contentSecurityPolicy: string): HttpResponseInit {
  return {
    headers: {
      ...GUARDED,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy,
    },
    body: page,
  };
}

/** The same as JSON, also with 200. */
export function statusJsonAnswer(status: object): HttpResponseInit {
  return { headers: { ...GUARDED, 'Content-Type': 'application/json' }, body: JSON.stringify(status) };
}
