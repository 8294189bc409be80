import * as z from 'zod';
import { parseJson } from '../../parse-json.ts';
import { type Answer, answerGatewayRefusal, answerJson } from './answers.ts';
import type { Request } from './requests.ts';
import type { Sessions } from './sessions.ts';
import type { Settings } from './settings.ts';
import type { AuthorizationRoute, Refusal } from './statistics.ts';
import { issueTokenPair, renderTokenSet, type TokenPair } from './token-sets.ts';

export type Outcome =
  | { readonly kind: 'issued'; readonly tokenSet: unknown }
  | { readonly kind: 'refused-by-gateway'; readonly key: 'missing' | 'invalid' }
  | { readonly kind: 'refused'; readonly reason: Exclude<Refusal, 'subscriptionKey'> };

interface Context {
  readonly settings: Settings;
  readonly sessions: Sessions;
  readonly nowMs: number;
  /** Told of every pair as it is issued. */
  readonly onIssued: (pair: TokenPair) => void;
}

const loginSchema = z.strictObject({ username: z.string(), password: z.string() });
const refreshSchema = z.strictObject({ token: z.string() });

/** Does what Quartile would do with the request, and changes `sessions` accordingly. The gateway judges first. */
export function processRequest(route: AuthorizationRoute, request: Request, context: Context): Outcome {
  const key = inspectSubscriptionKey(request, context.settings.subscriptionKey);
  if (key !== 'valid') return { kind: 'refused-by-gateway', key };
  return route === 'login' ? logIn(request, context) : refresh(request, context);
}

/** The gateway's view of the request's subscription key. */
export function inspectSubscriptionKey(request: Request, expected: string): 'valid' | 'missing' | 'invalid' {
  const sent = request.headers['subscription-key'];
  if (sent === undefined || sent === '') return 'missing';
  return sent === expected ? 'valid' : 'invalid';
}

export function answerOutcome(outcome: Outcome): Answer {
  switch (outcome.kind) {
    case 'issued':
      return answerJson(201, outcome.tokenSet);
    case 'refused-by-gateway':
      return answerGatewayRefusal(outcome.key);
    case 'refused':
      return answerRefusal(outcome.reason);
  }
}

function logIn(request: Request, context: Context): Outcome {
  const body = loginSchema.safeParse(parseJsonBody(request));
  if (!body.success) return { kind: 'refused', reason: 'malformed' };
  const { username, password } = context.settings;
  const isRight = body.data.username === username && body.data.password === password;
  return isRight ? issue(context) : { kind: 'refused', reason: 'credentials' };
}

function refresh(request: Request, context: Context): Outcome {
  const body = refreshSchema.safeParse(parseJsonBody(request));
  if (!body.success) return { kind: 'refused', reason: 'malformed' };
  const { token } = body.data;
  const state = context.sessions.inspectRefreshToken(token, context.nowMs);
  if (state !== 'good') return { kind: 'refused', reason: `${state}RefreshToken` };
  context.sessions.spendRefreshToken(token);
  return issue(context);
}

function issue({ settings, sessions, nowMs, onIssued }: Context): Outcome {
  const pair = issueTokenPair(nowMs, settings);
  sessions.add(pair);
  onIssued(pair);
  return { kind: 'issued', tokenSet: renderTokenSet(pair, settings.spelling) };
}

// Spent, expired and unknown look the same from outside: a client has to cope without being told. 401 rather than
// 400, because it is the status that must not be mistaken for the gateway's refusal.
function answerRefusal(reason: Exclude<Refusal, 'subscriptionKey'>): Answer {
  switch (reason) {
    case 'malformed':
      return answerJson(400, {
        error: 'invalid_request',
        message: 'A JSON body with the documented fields is needed.',
      });
    case 'credentials':
      return answerJson(401, { error: 'invalid_credentials', message: 'The username or the password is wrong.' });
    case 'spentRefreshToken':
    case 'expiredRefreshToken':
    case 'unknownRefreshToken':
      return answerJson(401, { error: 'invalid_token', message: 'The refresh token is not valid.' });
  }
}

/** `undefined`, which no schema accepts, for a body that is not JSON or does not say that it is. */
function parseJsonBody({ headers, body }: Request): unknown {
  return /^application\/json\b/i.test(headers['content-type'] ?? '') ? parseJson(body) : undefined;
}
