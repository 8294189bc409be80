import type { TestContext } from 'node:test';
import * as z from 'zod';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/local/simulator/simulator.ts';

export const credentials = { username: 'someone@example.com', password: 'a password', subscriptionKey: 'a key' };

const tokenSetSchema = z.object({
  authorization: z.object({ token: z.string() }),
  refresh: z.object({ token: z.string() }),
});

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; throws if it is not JSON. */
  json(): unknown;
}

export interface TestSimulator {
  readonly simulator: Simulator;
  /** Stands still unless a test moves it. */
  readonly clock: { nowMs: number };
  readonly send: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;
  readonly postLogin: (overrides?: Record<string, unknown>) => Promise<Reply>;
  readonly postRefresh: (token: string) => Promise<Reply>;
  readonly logIn: () => Promise<{ accessToken: string; refreshToken: string }>;
  readonly isLive: (accessToken: string) => boolean;
}

/** A simulator for one test, closed at its end. Requests carry the right subscription key unless told otherwise. */
export async function startTestSimulator(
  t: TestContext,
  overrides: Partial<SimulatorOptions> = {},
): Promise<TestSimulator> {
  const clock = { nowMs: 1_700_000_000_250 };
  const simulator = await startSimulator({ ...credentials, now: () => clock.nowMs, ...overrides });
  t.after(() => simulator.close());
  const { username, password, subscriptionKey } = credentials;
  const send: TestSimulator['send'] = (method, path, body, headers = {}) =>
    request(simulator.url + path, method, body, { 'subscription-key': subscriptionKey, ...headers });
  const postLogin: TestSimulator['postLogin'] = (fields = {}) =>
    send('POST', '/auth/v2/login', { username, password, ...fields });
  return {
    simulator,
    clock,
    send,
    postLogin,
    postRefresh: (token) => send('POST', '/auth/v2/refresh', { token }),
    logIn: async () => readTokens(await postLogin()),
    isLive: (accessToken) => simulator.checkAccessToken(accessToken).live,
  };
}

/** The two tokens of a 201; throws for anything else. */
export function readTokens(reply: Reply): { accessToken: string; refreshToken: string } {
  const { authorization, refresh } = tokenSetSchema.parse(reply.json());
  return { accessToken: authorization.token, refreshToken: refresh.token };
}

/** Asks again until `isTrue`; for what only the other side of a socket knows. The test's own time-out ends it. */
export async function until(isTrue: () => boolean): Promise<void> {
  if (isTrue()) return undefined;
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
  return until(isTrue);
}

async function request(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Reply> {
  const content = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    redirect: 'manual',
    ...(body === undefined ? {} : { body: content }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
}
