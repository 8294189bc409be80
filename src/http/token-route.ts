/** `GET /api/token` and `POST /api/token/refresh` on the wire. */
import type { HttpRequest, HttpResponseInit } from '@azure/functions';
import Negotiator from 'negotiator';
import * as z from 'zod';
import { toIso } from '../iso-time.ts';
import { err, ok, type Result } from '../result.ts';
import type { TokenBody } from './answer-schemas.ts';
import { jsonAnswer, NO_STORE } from './answers.ts';
import { readJsonBody, type WithBody } from './json-body.ts';

/** The longest margin (`REFRESH_MARGIN_MINUTES`). */
const LONGEST_MARGIN_SECONDS = 86_400;

/** `min_ttl`, in seconds. The margin that is set limits it further. */
export const minTtlSchema = z.int().nonnegative().max(LONGEST_MARGIN_SECONDS).meta({
  description: 'The shortest remaining life of the token, in seconds. At most the refresh margin: 3600 by default.',
});

/** As a query contains it: once, in digits only. */
const writtenMinTtlSchema = z
  .tuple([z.string().regex(/^\d{1,6}$/)])
  .transform(([text]) => Number(text))
  .pipe(minTtlSchema);

/**
 * Reads `min_ttl`. Other parameters are ignored: a function key comes as `code`.
 *
 * @param longestMinTtlSeconds the refresh margin, because a token may have no more than that left at any time
 * @returns `min_ttl` in seconds, if there is one; or a detail for the caller
 */
export function readMinTtl(
  { url }: Pick<HttpRequest, 'url'>,
  longestMinTtlSeconds: number,
): Result<number | undefined, string> {
  const given = new URL(url).searchParams.getAll('min_ttl');
  if (given.length === 0) return ok(undefined);
  const { data } = writtenMinTtlSchema.safeParse(given);
  if (data !== undefined && data <= longestMinTtlSeconds) return ok(data);
  return err(`min_ttl must be given once, as whole seconds from 0 to ${longestMinTtlSeconds}.`);
}

export const reportSchema = z
  .object({ generation: z.int().nonnegative().max(2_147_483_647) })
  .meta({ description: 'The generation of the token that Quartile refused.' });

/** In characters. */
const LONGEST_REPORT = 1_000;

/**
 * Reads the body of a report. Its content type and other members are ignored.
 *
 * @returns the generation, or a detail for the caller
 */
export async function readReport(request: WithBody): Promise<Result<number, string>> {
  const { data } = reportSchema.safeParse(await readJsonBody(request, LONGEST_REPORT));
  if (data) return ok(data.generation);
  return err('The body must be JSON: {"generation": N}, the generation of the token that Quartile refused.');
}

/** What a token answer says. */
export type TokenAnswer = {
  readonly accessToken: string;
  readonly lifeMs: number;
  readonly expiresAtMs: number;
  readonly refreshedAtMs: number;
  readonly generation: number;
  readonly source: 'login' | 'refresh';
  readonly stale: boolean;
};

/** The token as JSON, or bare if the caller prefers `text/plain`: a shell can use it as it is. */
export function tokenAnswer(token: TokenAnswer, accept: string | null): HttpResponseInit {
  if (!prefersText(accept)) return jsonAnswer(toBody(token));
  return {
    status: 200,
    headers: { ...NO_STORE, 'Content-Type': 'text/plain; charset=utf-8' },
    body: token.accessToken,
  };
}

function toBody({
  accessToken,
  lifeMs,
  expiresAtMs,
  refreshedAtMs,
  generation,
  source,
  stale,
}: TokenAnswer): TokenBody {
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: Math.floor(lifeMs / 1000),
    expires_at: toIso(expiresAtMs),
    refreshed_at: toIso(refreshedAtMs),
    generation,
    source,
    stale,
  };
}

function prefersText(accept: string | null): boolean {
  const offered = ['application/json', 'text/plain', 'text/plain;charset=utf-8'];
  const preferred = new Negotiator({ headers: { accept: accept ?? '*/*' } }).mediaType(offered);
  return preferred?.startsWith('text/plain') ?? false;
}
