import type { HttpResponseInit } from '@azure/functions';

/** Every code an error answer can carry: stable, for callers to switch on. */
export type ProblemCode =
  | 'invalid_request'
  | 'authentication_required'
  | 'invalid_token'
  | 'token_expired'
  | 'wrong_token_kind'
  | 'invalid_client'
  | 'too_many_attempts'
  | 'misconfigured'
  | 'internal_error'
  | 'rotated_recently'
  | 'token_unavailable'
  | 'store_unavailable';

/** Why a bearer of a token of ours is refused. */
export const BEARER_REFUSALS = [
  'authentication_required',
  'invalid_token',
  'token_expired',
  'wrong_token_kind',
] as const satisfies readonly ProblemCode[];
export type BearerRefusal = (typeof BEARER_REFUSALS)[number];

type Kind = {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** `WWW-Authenticate`, which goes with every 401 of ours (RFC 9110 §15.5.2). */
  readonly challenge?: string;
};

const CHALLENGE = 'Bearer realm="quartile-token-keeper"';

/** Where a token was sent (RFC 6750 §3.1). */
const TOKEN_CHALLENGE = `${CHALLENGE}, error="invalid_token"`;

/** The problems, by code: the description of the API is made from them, too. */
export const problems: Readonly<Record<ProblemCode, Kind>> = {
  invalid_request: { status: 400, title: 'Bad Request', detail: 'The request is not valid.' },
  authentication_required: {
    status: 401,
    title: 'Unauthorized',
    detail: 'A bearer token is missing.',
    challenge: CHALLENGE,
  },
  invalid_token: {
    status: 401,
    title: 'Unauthorized',
    detail: 'The bearer token is not valid. Log in: POST /api/auth/login.',
    challenge: TOKEN_CHALLENGE,
  },
  token_expired: {
    status: 401,
    title: 'Unauthorized',
    detail: 'The bearer token has expired.',
    challenge: TOKEN_CHALLENGE,
  },
  wrong_token_kind: { status: 403, title: 'Forbidden', detail: 'The bearer token is of the wrong kind.' },
  invalid_client: {
    status: 401,
    title: 'Unauthorized',
    detail: 'client_id and client_secret do not let anybody in.',
    challenge: CHALLENGE,
  },
  too_many_attempts: {
    status: 429,
    title: 'Too Many Requests',
    detail: 'Too many logins failed. Wait before the next one.',
  },
  misconfigured: {
    status: 500,
    title: 'Internal Server Error',
    detail: 'The service is misconfigured. Its log names every setting that is wrong.',
  },
  internal_error: { status: 500, title: 'Internal Server Error', detail: 'The service failed. Its log says more.' },
  rotated_recently: {
    status: 429,
    title: 'Too Many Requests',
    detail: 'The token of this generation is too young to be renewed again, or the last attempt too recent.',
  },
  token_unavailable: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'There is no token that meets the request, and none could be got in time. Try again.',
  },
  store_unavailable: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'The token store is out of reach, and no token is known that lives. Try again.',
  },
};

/** Goes with every answer: tokens, and the lack of them, are not to be kept by anyone on the way. */
export const NO_STORE = { 'Cache-Control': 'no-store' };

/** Of answers as JSON, which share it. */
export const JSON_HEADERS = Object.freeze({ ...NO_STORE, 'Content-Type': 'application/json' });

/** Nor may anyone guess at its type, or learn its URL from a browser: that may carry a function key. */
export const GUARDED = { ...NO_STORE, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' };

/**
 * An error answer: `application/problem+json` (RFC 9457) with our `code`. It carries neither a secret, nor another
 * system's text, nor what the caller sent.
 */
export function problem(
  code: ProblemCode,
  { detail, retryAfterSeconds }: { detail?: string; retryAfterSeconds?: number } = {},
): HttpResponseInit {
  const { status, title, detail: usualDetail, challenge } = problems[code];
  return {
    status,
    headers: {
      ...GUARDED,
      'Content-Type': 'application/problem+json',
      ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ title, status, code, detail: detail ?? usualDetail }),
  };
}
