/** `POST /api/auth/login` and `GET /api/auth/refresh_token` on the wire, and what is said to a bearer who is refused. */
import type { HttpResponseInit } from '@azure/functions';
import * as z from 'zod';
import { readJsonBody, type WithBody } from './json-body.ts';
import type { LoginAnswerBody, RenewalAnswerBody } from './answer-schemas.ts';
import { type BearerRefusal, JSON_HEADERS, problem } from './problem.ts';

const text = z.string().min(1).max(200);
export const loginSchema = z.object({ client_id: text, client_secret: text });

/** Two texts of 200 characters, however they are escaped, and some more. */
const LONGEST_BODY = 4_000;

export type LoginReading =
  | { readonly ok: true; readonly clientId: string; readonly clientSecret: string }
  | { readonly ok: false; readonly detail: string };

/** Reads the body, whatever content type it claims to be. Other members are not ours to judge. */
export async function readLogin(request: WithBody): Promise<LoginReading> {
  const parsed = loginSchema.safeParse(await readJsonBody(request, LONGEST_BODY));
  if (parsed.success) return { ok: true, clientId: parsed.data.client_id, clientSecret: parsed.data.client_secret };
  const detail = 'The body has to be JSON: {"client_id":"…","client_secret":"…"}, each of 1 to 200 characters.';
  return { ok: false, detail };
}

/** An access token, and what came with it. `accessLifeMs`: its whole life. */
export type Access = { readonly accessToken: string; readonly accessLifeMs: number };

/** The answer to a login. */
export function loginAnswer({
  accessToken,
  accessLifeMs,
  refreshToken,
  caller,
}: Access & { readonly refreshToken: string; readonly caller: string }): HttpResponseInit {
  return json({
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer',
    expires_in: accessLifeMs / 1000,
    caller,
  } satisfies LoginAnswerBody);
}

/** The answer to a renewal. */
export function renewalAnswer({ accessToken, accessLifeMs }: Access): HttpResponseInit {
  return json({
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: accessLifeMs / 1000,
  } satisfies RenewalAnswerBody);
}

function json(body: object): HttpResponseInit {
  return { headers: JSON_HEADERS, body: JSON.stringify(body) };
}

/** What is wanted, and where to get it: for whoever has sent something else. */
const wanted = {
  access: 'an access token, from POST /api/auth/login or GET /api/auth/refresh_token',
  refresh: 'a refresh token, from POST /api/auth/login',
};

/** Tells a bearer why it is refused, and which kind of token is wanted here. */
export function refusalAnswer(code: BearerRefusal, kind: 'access' | 'refresh'): HttpResponseInit {
  switch (code) {
    case 'authentication_required':
      return problem(code, { detail: `Send "Authorization: Bearer TOKEN" with ${wanted[kind]}.` });
    case 'wrong_token_kind': {
      const other = kind === 'access' ? 'a refresh token' : 'an access token';
      return problem(code, { detail: `This is ${other}. What is wanted here is ${wanted[kind]}.` });
    }
    case 'token_expired': {
      const way = kind === 'access' ? 'Renew it: GET /api/auth/refresh_token.' : 'Log in: POST /api/auth/login.';
      return problem(code, { detail: `The ${kind} token has expired. ${way}` });
    }
    case 'invalid_token':
      return problem(code);
  }
}
