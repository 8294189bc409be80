import type { HttpResponseInit } from '@azure/functions';

/** Every code an error answer can carry: stable, for callers to switch on. */
export type ProblemCode =
  | 'invalid_request'
  | 'misconfigured'
  | 'internal_error'
  | 'rotated_recently'
  | 'token_unavailable'
  | 'store_unavailable';

const problems: Record<ProblemCode, { readonly status: number; readonly title: string; readonly detail: string }> = {
  invalid_request: { status: 400, title: 'Bad Request', detail: 'The request is not valid.' },
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

/**
 * An error answer: `application/problem+json` (RFC 9457) with our `code`. It carries neither a secret, nor another
 * system's text, nor what the caller sent.
 */
export function problem(
  code: ProblemCode,
  { detail, retryAfterSeconds }: { detail?: string; retryAfterSeconds?: number } = {},
): HttpResponseInit {
  const { status, title, detail: usualDetail } = problems[code];
  return {
    status,
    headers: {
      ...NO_STORE,
      'Content-Type': 'application/problem+json',
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ title, status, code, detail: detail ?? usualDetail }),
  };
}
