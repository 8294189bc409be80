/** `GET /api/token` on the wire: its query, and its two representations. */
import type { HttpRequest, HttpResponse } from '@azure/functions';
import Negotiator from 'negotiator';
import * as z from 'zod';
import type { TokenBody } from './answer-schemas.ts';
import { JSON_HEADERS, NO_STORE } from './problem.ts';
import { reusableAnswer } from './reusable-answer.ts';

export type TokenQuery =
  | { readonly ok: true; readonly minTtlSeconds: number | undefined }
  | { readonly ok: false; readonly detail: string };

/** A margin cannot be longer (`REFRESH_MARGIN_MINUTES`). */
const LONGEST_MARGIN_SECONDS = 86_400;

/** `min_ttl`, in seconds. The description of the API has it from here; the margin that is set bounds it further. */
export const minTtlSchema = z.int().nonnegative().max(LONGEST_MARGIN_SECONDS).meta({
  description: 'The token lives at least so many seconds. At most the refresh margin: 3600 by default.',
});

/** As a query writes it: once, and in digits only. */
const writtenMinTtlSchema = z
  .tuple([z.string().regex(/^\d{1,6}$/)])
  .transform(([text]) => Number(text))
  .pipe(minTtlSchema);

/**
 * Reads `min_ttl`. Other parameters are not ours to judge (the host's function key comes as `code`).
 *
 * @param longestMinTtlSeconds the refresh margin: a token may have no more than that left at any time
 */
export function readTokenQuery(request: Pick<HttpRequest, 'url'>, longestMinTtlSeconds: number): TokenQuery {
  const { url } = request;
  if (!url.includes('?')) return { ok: true, minTtlSeconds: undefined }; // most callers: nothing to parse
  const given = new URL(url).searchParams.getAll('min_ttl');
  if (given.length === 0) return { ok: true, minTtlSeconds: undefined };
  const parsed = writtenMinTtlSchema.safeParse(given);
  if (parsed.success && parsed.data <= longestMinTtlSeconds) return { ok: true, minTtlSeconds: parsed.data };
  return { ok: false, detail: `min_ttl has to be given once, as whole seconds from 0 to ${longestMinTtlSeconds}.` };
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

const TEXT_HEADERS = { ...NO_STORE, 'Content-Type': 'text/plain; charset=utf-8' };

/** The token as JSON; bare where the caller prefers `text/plain`, so that a shell can use it as it is. */
export function tokenAnswer(token: TokenAnswer, accept: string | null): HttpResponse {
  const answers = answersWith(token);
  if (prefersText(accept)) return (answers.text ??= reusableAnswer(TEXT_HEADERS, token.accessToken));
  return (answers.json ??= reusableAnswer(JSON_HEADERS, JSON.stringify(toBody(token, answers.expiresIn))));
}

type Answers = { readonly token: TokenAnswer; readonly expiresIn: number; json?: HttpResponse; text?: HttpResponse };

/** The last ones. Calls of the same second about the same token share them. */
let last: Answers | undefined;

function answersWith(token: TokenAnswer): Answers {
  const expiresIn = Math.floor(token.lifeMs / 1000);
  if (!last || last.expiresIn !== expiresIn || !tellTheSame(last.token, token)) last = { token, expiresIn };
  return last;
}

function toBody(token: TokenAnswer, expiresIn: number): TokenBody {
  return {
    access_token: token.accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    expires_at: new Date(token.expiresAtMs).toISOString(),
    refreshed_at: new Date(token.refreshedAtMs).toISOString(),
    generation: token.generation,
    source: token.source,
    stale: token.stale,
  };
}

/** All but the life, which is told apart. */
function tellTheSame(one: TokenAnswer, other: TokenAnswer): boolean {
  return (
    one.generation === other.generation &&
    one.accessToken === other.accessToken &&
    one.expiresAtMs === other.expiresAtMs &&
    one.refreshedAtMs === other.refreshedAtMs &&
    one.source === other.source &&
    one.stale === other.stale
  );
}

function prefersText(accept: string | null): boolean {
  if (accept === null || JSON_AT_ONCE.has(accept)) return false;
  const offered = ['application/json', 'text/plain', 'text/plain;charset=utf-8'];
  return new Negotiator({ headers: { accept } }).mediaType(offered)?.startsWith('text/plain') ?? false;
}

/** What most clients send: nothing to negotiate. */
const JSON_AT_ONCE: ReadonlySet<string> = new Set(['*/*', 'application/json']);
