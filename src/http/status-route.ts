/** `GET /api/status` on the wire: a page for people, and JSON for programs that ask for it. */
import type { HttpResponseInit } from '@azure/functions';
import Negotiator from 'negotiator';
import { GUARDED } from './answers.ts';

/**
 * Whether JSON is wanted rather than the page: only where `Accept` prefers it by name. A browser prefers HTML; whoever
 * takes anything, as curl does, gets what was made for people.
 */
export function prefersJson(accept: string | null): boolean {
  if (accept === null) return false;
  return new Negotiator({ headers: { accept } }).mediaType(['text/html', 'application/json']) === 'application/json';
}

/** Always 200, whatever the news: the page is what was asked for. A probe asks for the health. */
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

/** The same as JSON, and 200 as well. */
export function statusJsonAnswer(status: object): HttpResponseInit {
  return { headers: { ...GUARDED, 'Content-Type': 'application/json' }, body: JSON.stringify(status) };
}
