/** What the service's answers mean. Pure: judges data, and asks nothing. */
import type { Failure, TokenSourceErrorCode } from './errors.ts';
import { done, failed, type Outcome } from './outcome.ts';
import { endOf, type Moment } from './life.ts';
import type { Token } from './token.ts';

/** An answer as it came. */
export type Reply = {
  readonly status: number;
  readonly text: string;
  /** `Retry-After` in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** When the request was sent. */
  readonly sentAt: Moment;
};

/** What opens the service, where callers have tokens of their own. */
export type Access = { readonly accessToken: string; readonly endsAt: Moment };

/**
 * Reads `GET /api/token` and `POST /api/token/refresh`. The token's life counts from when the request was sent: not a moment
 * too long, whatever the clocks say and however long the answer took.
 */
export function readToken(reply: Reply): Outcome<Token> {
  if (reply.status !== 200) return failed(readFailure(reply));
  const body = parseObject(reply.text);
  const { access_token: accessToken, expires_in: seconds, generation, refreshed_at: refreshedAt } = body;
  if (!isText(accessToken) || !isSeconds(seconds) || !isCount(generation)) return failed(badAnswer(reply));
  const refreshedAtMs = typeof refreshedAt === 'string' ? Date.parse(refreshedAt) : Number.NaN;
  const lifeMs = seconds * 1000;
  const { sentAt } = reply;
  return done({ accessToken, generation, refreshedAtMs, sentAt, lifeMs, endsAt: endOf(sentAt, lifeMs) });
}

/** Reads the answer to a login, and to a renewal, which brings no refresh token. */
export function readAccess(reply: Reply): Outcome<Access & { readonly refreshToken: string | undefined }> {
  if (reply.status !== 200) return failed(readFailure(reply));
  const { access_token: accessToken, expires_in: seconds, refresh_token: refreshToken } = parseObject(reply.text);
  if (!isText(accessToken) || !isSeconds(seconds)) return failed(badAnswer(reply));
  const endsAt = endOf(reply.sentAt, seconds * 1000);
  return done({ accessToken, endsAt, refreshToken: isText(refreshToken) ? refreshToken : undefined });
}

/** Why there is nothing. */
export function readFailure(reply: Reply): Failure {
  const { status, retryAfterMs } = reply;
  const detail = problemCode(reply);
  return { code: codeOf(status, detail), status, detail, retryAfterMs };
}

function codeOf(status: number, problem: string | undefined): TokenSourceErrorCode {
  switch (status) {
    case 400:
      return 'invalid_request';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'misconfigured';
    case 429:
      return 'throttled';
    case 500:
      return problem === 'misconfigured' ? 'misconfigured' : 'unavailable';
    default:
      return status > 500 || status === 408 ? 'unavailable' : 'bad_answer';
  }
}

/** A problem's `code` (RFC 9457), as our service has them: nothing else is passed on. */
export function problemCode({ text }: Reply): string | undefined {
  const { code } = parseObject(text);
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : undefined;
}

function badAnswer({ status }: Reply): Failure {
  return { code: 'bad_answer', status };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {}; // judged by what is missing
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A token that can stand in a header. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
