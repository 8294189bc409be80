/**
 * The token set in a response to a login or a refresh. Pure: no I/O, no clock.
 *
 * The reading is liberal, because a pair that is refused is lost: both spellings, field by field; numbers, or text with
 * digits; unknown fields. The result is strict: two tokens that can be used, and an end for each.
 */
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';

export type TokenSet = {
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
  readonly refreshToken: string;
  readonly refreshExpiresAtMs: number;
  /** `not_before`, if the response has one. */
  readonly notBeforeMs: number | undefined;
  /** The rest of the response, for display: the response without its tokens. */
  readonly rest: unknown;
};

/** What an operator should know about a set that is valid all the same. */
export type TokenSetNote =
  /** The access token's life was over 24 hours and its JWT did not confirm it. It counts as 12 hours. */
  | 'access_life_corrected'
  /** The refresh token's life was over ten years. It counts as 14 days. */
  | 'refresh_life_corrected';

export type ReceivedTokenSet = { readonly tokenSet: TokenSet; readonly notes: readonly TokenSetNote[] };

const HOUR_MS = 3_600_000;
/** The lives in Quartile's documentation. */
const ACCESS_LIFE_MS = 12 * HOUR_MS;
const REFRESH_LIFE_MS = 14 * 24 * HOUR_MS;

/** A longer access life is probably in milliseconds, or a Unix time. */
const LONGEST_UNCONFIRMED_LIFE_MS = 24 * HOUR_MS;

/** No statement about a longer life is believed. It also keeps every time a valid date. */
const LONGEST_LIFE_MS = 10 * 366 * 24 * HOUR_MS;

/**
 * An access token that an `Authorization` header can carry (RFC 6750 §2.1). Blanks around it and a prefix `Bearer` are
 * removed: what remains is unambiguous, and to refuse the set would lose the pair.
 */
const accessTokenSchema = z
  .string()
  .transform((text) => text.trim().replace(/^bearer(\s+|$)/i, ''))
  .pipe(z.string().regex(/^[A-Za-z0-9\-._~+/]+=*$/));

const responseSchema = z.looseObject({
  authorization: z.looseObject({ token: accessTokenSchema }),
  refresh: z.looseObject({ token: z.string().min(1) }),
});

const claimsSchema = z.looseObject({});

/**
 * Reads a token set from the body of a response.
 *
 * @param sentAtMs when the request was sent: lives count from then. `expires_at` has no time zone and decides nothing
 * @returns `undefined` if the body is no valid set: a token is missing or cannot be used, or neither `expires_in` nor the
 *   JWT's `exp` (RFC 7519 §4.1.4) says when the access token ends. The earlier of the two counts.
 */
export function readTokenSet(body: unknown, sentAtMs: number): ReceivedTokenSet | undefined {
  const parsed = responseSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { authorization, refresh, ...others } = parsed.data;
  const access = readAccessLife(authorization, sentAtMs);
  if (!access) return undefined;
  const refreshLifeMs = readMs(refresh, 'expires_in', 'expiresIn') ?? REFRESH_LIFE_MS;
  const refreshCorrected = refreshLifeMs > LONGEST_LIFE_MS;
  const notBeforeMs = readMs(authorization, 'not_before', 'notBefore');
  const tokenSet = {
    accessToken: authorization.token,
    accessExpiresAtMs: Math.floor(sentAtMs + access.lifeMs),
    refreshToken: refresh.token,
    refreshExpiresAtMs: Math.floor(sentAtMs + (refreshCorrected ? REFRESH_LIFE_MS : refreshLifeMs)),
    notBeforeMs: notBeforeMs === undefined ? undefined : Math.floor(Math.min(notBeforeMs, sentAtMs + LONGEST_LIFE_MS)),
    rest: { ...others, authorization: withoutToken(authorization), refresh: withoutToken(refresh) },
  };
  const notes: TokenSetNote[] = [];
  if (access.corrected) notes.push('access_life_corrected');
  if (refreshCorrected) notes.push('refresh_life_corrected');
  return { tokenSet, notes };
}

type Fields = Readonly<Record<string, unknown>>;

/** The earlier of the two ends that the response states, as a life from `sentAtMs`; negative if it has passed. */
function readAccessLife(
  authorization: Fields & { readonly token: string },
  sentAtMs: number,
): { lifeMs: number; corrected: boolean } | undefined {
  const statedMs = readMs(authorization, 'expires_in', 'expiresIn');
  const expMs = readMs(readClaims(authorization.token), 'exp');
  const jwtLifeMs = expMs === undefined ? undefined : expMs - sentAtMs;
  const lives = [statedMs, jwtLifeMs].filter((lifeMs) => lifeMs !== undefined);
  if (lives.length === 0) return undefined;
  const confirmed = jwtLifeMs !== undefined && jwtLifeMs > LONGEST_UNCONFIRMED_LIFE_MS && jwtLifeMs <= LONGEST_LIFE_MS;
  const isBelieved = (lifeMs: number) => confirmed || lifeMs <= LONGEST_UNCONFIRMED_LIFE_MS;
  return {
    lifeMs: Math.min(...lives.map((lifeMs) => (isBelieved(lifeMs) ? lifeMs : ACCESS_LIFE_MS))),
    corrected: !lives.every(isBelieved),
  };
}

/** The claims of a JWT, unverified: we only need its end. An opaque token has none, and is as good. */
function readClaims(token: string): Fields {
  const claims = parseJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return claimsSchema.safeParse(claims).data ?? {};
}

/** Seconds in the first of these fields that has any: a number, or text with digits, decimals and blanks around them. */
function readMs(fields: Fields, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = fields[name];
    const isNumeric = typeof value === 'number' || (typeof value === 'string' && /^\s*\d+(\.\d*)?\s*$/.test(value));
    const seconds = isNumeric ? Number(value) : Number.NaN;
    if (seconds >= 0) return seconds * 1000;
  }
  return undefined;
}

function withoutToken<T extends { token: string }>({ token: _token, ...rest }: T): Omit<T, 'token'> {
  return rest;
}
