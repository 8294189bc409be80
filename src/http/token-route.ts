/** `GET /api/token` on the wire: its query, and its two representations. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import Negotiator from 'negotiator';
import { z } from 'zod';
import type { TokenBody } from './answer-schemas.ts';
import { NO_STORE } from './problem.ts';

export type TokenQuery =
  | { readonly ok: true; readonly minTtlSeconds: number | undefined }
  | { readonly ok: false; readonly detail: string };

/**
 * Reads `min_ttl`. Other parameters are not ours to judge (the host's function key comes as `code`).
 *
 * @param longestMinTtlSeconds the refresh margin: a token may have no more than that left at any time
 */
export function readTokenQuery(request: Pick<HttpRequest, 'url'>, longestMinTtlSeconds: number): TokenQuery {
  const detail = `min_ttl has to be given once, as whole seconds from 0 to ${longestMinTtlSeconds}.`;
  const given = new URL(request.url).searchParams.getAll('min_ttl');
  if (given.length === 0) return { ok: true, minTtlSeconds: undefined };
  const schema = z
    .tuple([z.string().regex(/^\d{1,6}$/)])
    .transform(([text]) => Number(text))
    .pipe(z.number().max(longestMinTtlSeconds));
  const parsed = schema.safeParse(given);
  return parsed.success ? { ok: true, minTtlSeconds: parsed.data } : { ok: false, detail };
}

/** What a token answer tells. Lives and moments in milliseconds. */
export type TokenAnswer = {
  readonly accessToken: string;
  readonly lifeMs: number;
  readonly expiresAtMs: number;
  readonly refreshedAtMs: number;
  readonly generation: number;
  readonly source: 'login' | 'refresh';
  readonly stale: boolean;
};

/** The token as JSON; bare where the caller prefers `text/plain`, so that a shell can use it as it is. */
export function tokenAnswer(token: TokenAnswer, accept: string | null): HttpResponseInit {
  if (prefersText(accept)) {
    return { headers: { ...NO_STORE, 'Content-Type': 'text/plain; charset=utf-8' }, body: token.accessToken };
  }
  return {
    headers: { ...NO_STORE, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      access_token: token.accessToken,
      token_type: 'Bearer',
      expires_in: Math.floor(token.lifeMs / 1000),
      expires_at: new Date(token.expiresAtMs).toISOString(),
      refreshed_at: new Date(token.refreshedAtMs).toISOString(),
      generation: token.generation,
      source: token.source,
      stale: token.stale,
    } satisfies TokenBody),
  };
}

function prefersText(accept: string | null): boolean {
  if (accept === null) return false;
  const offered = ['application/json', 'text/plain', 'text/plain;charset=utf-8'];
  return new Negotiator({ headers: { accept } }).mediaType(offered)?.startsWith('text/plain') ?? false;
}
