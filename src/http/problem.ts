/** Error answers: `application/problem+json` (RFC 9457) with a stable `code`. */
import { STATUS_CODES } from 'node:http';
import type { HttpResponseInit } from '@azure/functions';
import { GUARDED } from './answers.ts';

export type Problem = {
  readonly status: number;
  readonly detail: string;
  /** `WWW-Authenticate`, which every 401 of ours carries (RFC 9110 §15.5.2). */
  readonly challenge?: string;
};

const CHALLENGE = 'Bearer realm="quartile-token-keeper"';

/** For a request that carries a token (RFC 6750 §3.1). */
const TOKEN_CHALLENGE = `${CHALLENGE}, error="invalid_token"`;

const PROBLEMS = {
  invalid_request: { status: 400, detail: 'The request is not valid.' },
  authentication_required: { status: 401, detail: 'A bearer token is missing.', challenge: CHALLENGE },
  invalid_token: {
    status: 401,
    detail: 'The bearer token is not valid. Log in: POST /api/auth/login.',
    challenge: TOKEN_CHALLENGE,
  },
  token_expired: { status: 401, detail: 'The bearer token has expired.', challenge: TOKEN_CHALLENGE },
  wrong_token_kind: { status: 403, detail: 'The bearer token is of the wrong kind.' },
  invalid_client: { status: 401, detail: 'client_id or client_secret is wrong.', challenge: CHALLENGE },
  misconfigured: { status: 500, detail: 'The service is misconfigured. Its log names every setting that is wrong.' },
  internal_error: { status: 500, detail: 'The service failed. Its log says more.' },
  rotated_recently: {
    status: 429,
    detail: 'A report created the token of this generation a moment ago. Report it again later.',
  },
  token_unavailable: {
    status: 503,
    detail: 'No token meets the request, and none could be obtained in time. Try again.',
  },
  store_unavailable: {
    status: 503,
    detail: 'The table cannot be reached, and this instance knows no valid token. Try again.',
  },
} satisfies Record<string, Problem>;

/** Every code of an error answer. Callers switch on them. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The problems by code. The description of the API is made from them. */
export const problems: Readonly<Record<ProblemCode, Problem>> = PROBLEMS;

/** Why a caller's own token is refused. */
export const BEARER_REFUSALS = [
  'authentication_required',
  'invalid_token',
  'token_expired',
  'wrong_token_kind',
] as const satisfies readonly ProblemCode[];
export type BearerRefusal = (typeof BEARER_REFUSALS)[number];

/** An error answer. It contains no secret, no text of another system, and nothing that the caller sent. */
export function problem(
  code: ProblemCode,
  { detail, retryAfterSeconds }: { detail?: string; retryAfterSeconds?: number } = {},
): HttpResponseInit {
  const { status, detail: usualDetail, challenge } = problems[code];
  return {
    status,
    headers: {
      ...GUARDED,
      'Content-Type': 'application/problem+json',
      ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ title: STATUS_CODES[status], status, code, detail: detail ?? usualDetail }),
  };
}
