/**
 * The token set that login and refresh answer with. Pure: no I/O, no clock.
 *
 * Liberal in what it accepts (both spellings, field by field; numbers or digits; unknown fields), strict in what it
 * yields: two tokens and a moment at which each of them ends.
 */
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';

export type TokenSet = {
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
  readonly refreshToken: string;
  readonly refreshExpiresAtMs: number;
  /** `not_before`, where the answer has one. */
  readonly notBeforeMs: number | undefined;
  /** The rest of the answer, for show: the answer itself without its tokens. */
  readonly rest: unknown;
};

/** What the documentation says of refresh tokens; used where an answer does not. */
const DEFAULT_REFRESH_LIFE_SECONDS = 14 * 24 * 3600;

/** Lives beyond this are taken for this, and moments beyond it from now, so that every moment stays a valid date. */
const LONGEST_LIFE_SECONDS = 10 * 366 * 24 * 3600;

const seconds = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .pipe(z.number().nonnegative().finite())
  .optional()
  .catch(undefined);

const partSchema = z.looseObject({
  token: z.string().min(1),
  expires_in: seconds,
  expiresIn: seconds,
  not_before: seconds,
  notBefore: seconds,
});
const answerSchema = z.looseObject({ authorization: partSchema, refresh: partSchema });

const claimsSchema = z.object({ exp: z.number().nonnegative().finite() });

/**
 * Reads a token set from the body of an answer.
 *
 * @param sentAtMs when the request was sent: lives count from then (the answer's own clock and its `expires_at`,
 *   which has no time zone, decide nothing)
 * @returns `undefined` where the body is no valid set: a token is missing or empty, or nothing says when the access
 *   token ends, neither `expires_in` nor the JWT's `exp` (RFC 7519 §4.1.4). The earlier of the two counts.
 */
export function readTokenSet(body: unknown, sentAtMs: number): TokenSet | undefined {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { authorization, refresh, ...others } = parsed.data;
  const lifeSeconds = authorization.expires_in ?? authorization.expiresIn;
  const saidEndMs = lifeSeconds === undefined ? undefined : endAfter(sentAtMs, lifeSeconds);
  const accessExpiresAtMs = earliest(saidEndMs, jwtExpiryMs(authorization.token, sentAtMs));
  if (accessExpiresAtMs === undefined) return undefined;
  const refreshLifeSeconds = refresh.expires_in ?? refresh.expiresIn ?? DEFAULT_REFRESH_LIFE_SECONDS;
  const notBeforeSeconds = authorization.not_before ?? authorization.notBefore;
  return {
    accessToken: authorization.token,
    accessExpiresAtMs,
    refreshToken: refresh.token,
    refreshExpiresAtMs: endAfter(sentAtMs, refreshLifeSeconds),
    notBeforeMs: notBeforeSeconds === undefined ? undefined : momentMs(notBeforeSeconds, sentAtMs),
    rest: { ...others, authorization: withoutToken(authorization), refresh: withoutToken(refresh) },
  };
}

/** A life that is said in seconds, of which answers may send fractions; moments are whole milliseconds. */
function endAfter(sentAtMs: number, lifeSeconds: number): number {
  return Math.floor(sentAtMs + Math.min(lifeSeconds, LONGEST_LIFE_SECONDS) * 1000);
}

/** A moment that is said in Unix seconds. */
function momentMs(unixSeconds: number, sentAtMs: number): number {
  return Math.floor(Math.min(unixSeconds * 1000, sentAtMs + LONGEST_LIFE_SECONDS * 1000));
}

function jwtExpiryMs(token: string, sentAtMs: number): number | undefined {
  const claims = claimsSchema.safeParse(jwtPayload(token));
  return claims.success ? momentMs(claims.data.exp, sentAtMs) : undefined;
}

/**
 * The payload of a JWT, unverified: it is Quartile's to verify; we only ask it when it ends. An opaque token has none, and
 * is as good.
 */
function jwtPayload(token: string): unknown {
  return parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

function earliest(...moments: (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function withoutToken<T extends { token: string }>({ token: _token, ...rest }: T): Omit<T, 'token'> {
  return rest;
}
