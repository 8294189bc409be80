/** `POST /api/auth/login` and `GET /api/auth/refresh_token` on the wire, and the refusal of a caller's token. */
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { err, ok, type Result } from '../result.ts';
import type { LoginAnswerBody, RenewalAnswerBody } from './answer-schemas.ts';
import { jsonAnswer } from './answers.ts';
import { readJsonBody, type WithBody } from './json-body.ts';
import { type BearerRefusal, problem } from './problem.ts';

const text = z.string().min(1).max(200);
export const loginSchema = z.object({ client_id: text, client_secret: text });

/** In characters: two texts of 200, however they are escaped, and some more. */
const LONGEST_LOGIN = 4_000;

/**
 * Reads the body of a login. Its content type and other members are ignored.
 *
 * @returns name and secret, or a detail for the caller
 */
export async function readLogin(
  request: WithBody,
): Promise<Result<{ readonly clientId: string; readonly clientSecret: string }, string>> {
  const { data } = loginSchema.safeParse(await readJsonBody(request, LONGEST_LOGIN));
  if (data) return ok({ clientId: data.client_id, clientSecret: data.client_secret });
  return err('The body must be JSON: {"client_id":"…","client_secret":"…"}, each of 1 to 200 characters.');
}

type Access = { readonly accessToken: string; readonly accessLifeMs: number };

/** The answer to a login. */
export function loginAnswer({
  accessToken,
  accessLifeMs,
  refreshToken,
  caller,
}: Access & { readonly refreshToken: string; readonly caller: string }): HttpResponseInit {
  return jsonAnswer({
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer',
    expires_in: accessLifeMs / 1000,
    caller,
  } satisfies LoginAnswerBody);
}

/** The answer to a renewal. */
export function renewalAnswer({ accessToken, accessLifeMs }: Access): HttpResponseInit {
  return jsonAnswer({
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: accessLifeMs / 1000,
  } satisfies RenewalAnswerBody);
}

/** The token that a route requires, and where to obtain it. */
const REQUIRED = {
  access: 'an access token, from POST /api/auth/login or GET /api/auth/refresh_token',
  refresh: 'a refresh token, from POST /api/auth/login',
};

/** Says why a caller's token is refused, and which kind of token this route requires. */
export function refusalAnswer(code: BearerRefusal, kind: 'access' | 'refresh'): HttpResponseInit {
  switch (code) {
    case 'authentication_required':
      return problem(code, { detail: `Send "Authorization: Bearer TOKEN" with ${REQUIRED[kind]}.` });
    case 'wrong_token_kind': {
      const other = kind === 'access' ? 'a refresh token' : 'an access token';
      return problem(code, { detail: `This is ${other}. Send ${REQUIRED[kind]}.` });
    }
    case 'token_expired': {
      const next = kind === 'access' ? 'Renew it: GET /api/auth/refresh_token.' : 'Log in: POST /api/auth/login.';
      return problem(code, { detail: `The ${kind} token has expired. ${next}` });
    }
    case 'invalid_token':
      return problem(code);
  }
}
