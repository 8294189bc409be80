/** Quartile's two routes, login and refresh: what they do with a request, and what they answer. */
import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { parseJson } from '../../parse-json.ts';
import type { Refusal, Route, State } from './state.ts';
import { issueTokenPair, renderTokenSet, type TokenPair } from './token-sets.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A complete answer as data: a fault may change, halve or withhold it before it is sent. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Outcome =
  | { readonly kind: 'issued'; readonly tokenSet: unknown }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly answer: Answer };

interface Context {
  readonly state: State;
  readonly nowMs: number;
  readonly onIssued: (pair: TokenPair) => void;
}

const loginSchema = z.strictObject({ username: z.string(), password: z.string() });
const refreshSchema = z.strictObject({ token: z.string() });

const REFUSALS: Partial<Record<Refusal, [status: number, error: string, message: string]>> = {
  malformed: [400, 'invalid_request', 'A JSON body with the documented fields is needed.'],
  credentials: [401, 'invalid_credentials', 'The username or the password is wrong.'],
};

export function answerJson(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

export function answerOutcome(outcome: Outcome): Answer {
  return outcome.kind === 'issued' ? answerJson(201, outcome.tokenSet) : outcome.answer;
}

/** Does what Quartile would do with the request, and changes tokens and statistics accordingly. */
export function processRequest(route: Route, request: Request, context: Context): Outcome {
  const { statistics } = context.state;
  const outcome = judgeRequest(route, request, context);
  if (outcome.kind === 'refused') statistics.refused[outcome.reason] += 1;
  else statistics[route === 'login' ? 'logins' : 'refreshes'] += 1;
  return outcome;
}

/** The gateway judges first. */
function judgeRequest(route: Route, request: Request, context: Context): Outcome {
  const { settings } = context.state;
  const key = request.headers['subscription-key'];
  if (key !== settings.subscriptionKey) {
    const answer = answerGatewayRefusal(key ? 'invalid' : 'missing');
    return { kind: 'refused', reason: 'subscriptionKey', answer };
  }
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  const body = isJson ? parseJson(request.body) : undefined;
  return route === 'login' ? logIn(body, context) : refresh(body, context);
}

function logIn(body: unknown, context: Context): Outcome {
  const { username, password } = context.state.settings;
  const login = loginSchema.safeParse(body);
  if (!login.success) return refuse('malformed');
  return login.data.username === username && login.data.password === password ? issue(context) : refuse('credentials');
}

function refresh(body: unknown, context: Context): Outcome {
  const parsed = refreshSchema.safeParse(body);
  if (!parsed.success) return refuse('malformed');
  const known = context.state.refreshTokens.get(parsed.data.token);
  if (known === undefined) return refuse('unknownRefreshToken');
  if (known.isSpent) return refuse('spentRefreshToken');
  if (context.nowMs >= known.expiresAtMs) return refuse('expiredRefreshToken');
  known.isSpent = true;
  return issue(context);
}

function issue({ state, nowMs, onIssued }: Context): Outcome {
  const pair = issueTokenPair(nowMs, state.settings);
  const { access, refresh: next } = pair;
  state.accessTokens.set(access.token, access.expiresAtMs);
  state.refreshTokens.set(next.token, { expiresAtMs: next.expiresAtMs, isSpent: false });
  onIssued(pair);
  return { kind: 'issued', tokenSet: renderTokenSet(pair, state.settings.spelling) };
}

/** The answer is the same for a spent, an expired and an unknown refresh token. */
function refuse(reason: Exclude<Refusal, 'subscriptionKey'>): Outcome {
  const [status, error, message] = REFUSALS[reason] ?? [401, 'invalid_token', 'The refresh token is not valid.'];
  return { kind: 'refused', reason, answer: answerJson(status, { error, message }) };
}

/** Azure API Management's refusal, word for word: only its `message` distinguishes it from a refusal by Quartile. */
export function answerGatewayRefusal(key: 'missing' | 'invalid'): Answer {
  const advice = {
    missing: 'Make sure to include subscription key when making requests to an API.',
    invalid: 'Make sure to provide a valid key for an active subscription.',
  };
  const message = `Access denied due to ${key} subscription key. ${advice[key]}`;
  const { status, headers, body } = answerJson(401, { statusCode: 401, message });
  const challenge = 'AzureApiManagementKey realm="https://api.quartile.com",name="Subscription-Key",type="header"';
  return { status, headers: { ...headers, 'www-authenticate': challenge }, body };
}
