/** What the service's answers mean. Pure. */
import { parseJson } from '../parse-json.ts';
import { err, ok, type Result } from '../result.ts';
import type { Failure, TokenSourceErrorCode } from './errors.ts';
import { endOf, type Moment, type Token } from './token.ts';

export type Answer = {
  readonly status: number;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
  /** When the request was sent. */
  readonly sentAt: Moment;
};

/** A caller's own access token for the service, with `CALLER_AUTH=jwt`. */
export type Access = { readonly accessToken: string; readonly endsAt: Moment };

/** Reads the answer to `GET /api/token` and to `POST /api/token/refresh`. */
export function readToken(answer: Answer): Result<Token, Failure> {
  if (answer.status !== 200) return err(readFailure(answer));
  const body = readObject(answer.text);
  const { access_token: accessToken, expires_in: seconds, generation, refreshed_at: refreshedAt } = body;
  if (!isHeaderText(accessToken) || !isLife(seconds) || !isCount(generation)) return err(badAnswer(answer));
  const refreshedAtMs = typeof refreshedAt === 'string' ? Date.parse(refreshedAt) : Number.NaN;
  const { sentAt } = answer;
  const lifeMs = readLifeMs(seconds);
  return ok({ accessToken, generation, refreshedAtMs, sentAt, lifeMs, endsAt: endOf(sentAt, lifeMs) });
}

/** Reads the answer to a login, and to a renewal, which returns no refresh token. */
export function readAccess(answer: Answer): Result<Access & { readonly refreshToken: string | undefined }, Failure> {
  if (answer.status !== 200) return err(readFailure(answer));
  const { access_token: accessToken, expires_in: seconds, refresh_token: refreshToken } = readObject(answer.text);
  if (!isHeaderText(accessToken) || !isLife(seconds)) return err(badAnswer(answer));
  const endsAt = endOf(answer.sentAt, readLifeMs(seconds));
  return ok({ accessToken, endsAt, refreshToken: isHeaderText(refreshToken) ? refreshToken : undefined });
}

function readFailure(answer: Answer): Failure {
  const { status, retryAfterMs } = answer;
  const detail = readProblemCode(answer);
  return { code: judgeStatus(status, detail), status, detail, retryAfterMs };
}

function judgeStatus(status: number, problemCode: string | undefined): TokenSourceErrorCode {
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
      return problemCode === 'misconfigured' ? 'misconfigured' : 'unavailable';
    default:
      return status > 500 || status === 408 ? 'unavailable' : 'bad_answer';
  }
}

/** The `code` of a problem (RFC 9457), in the form that the service's codes have. Nothing else is passed on. */
export function readProblemCode({ text }: Pick<Answer, 'text'>): string | undefined {
  const { code } = readObject(text);
  return typeof code === 'string' && /^[a-z_]{1,40}$/.test(code) ? code : undefined;
}

function badAnswer({ status }: Answer): Failure {
  return { code: 'bad_answer', status };
}

function readObject(text: string): Record<string, unknown> {
  const parsed = parseJson(text);
  return isObject(parsed) ? parsed : {};
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Text that a header can carry. */
export function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

/** In seconds. */
function isLife(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

/** A longer life than the service ever promises counts as a day: after that, the service is asked again. */
const LONGEST_LIFE_SECONDS = 86_400;

function readLifeMs(seconds: number): number {
  return Math.min(seconds, LONGEST_LIFE_SECONDS) * 1000;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
