/** A service, Quartile and a clock for the client's tests: nothing is sent, and no time passes. */
import type { TestContext } from 'node:test';
import { createTokenSource, type TokenSource, type TokenSourceOptions } from '../../src/client/index.ts';

export const ROOT = 'https://keeper.example';

export type Asked = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: unknown;
  readonly redirect: string | undefined;
};
export type Answer = Response | Error | 'never' | undefined;

export type Scene = {
  readonly source: TokenSource;
  /** What was asked for, in order; `METHOD /path?query` for short. */
  readonly asked: readonly Asked[];
  readonly lines: () => string[];
  /** What the service has. */
  readonly state: { generation: number; endsInSeconds: number };
  /** Decides what is answered; `undefined` leaves it to the usual service, or Quartile. */
  answer: (asked: Asked) => Answer | Promise<Answer>;
  /** Lets time pass in small steps. */
  pass(ms: number): Promise<void>;
  /** Lets all that is due be done, and no time pass. */
  settle(): Promise<void>;
};

/** A source over a service that hands out what `state` says; its tokens are `token-GENERATION`. Chance is always half. */
export function startScene(t: TestContext, options: Partial<TokenSourceOptions> = {}): Scene {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 15, 12) });
  t.mock.method(Math, 'random', () => 0.5);
  const asked: Asked[] = [];
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));
  const fetch: typeof globalThis.fetch = async (input, init = {}) => {
    const request = input instanceof Request ? input : undefined;
    const url = new URL(input instanceof Request ? input.url : input);
    const body: unknown = init.body ?? (request?.body ? await request.text() : undefined);
    asked.push({
      method: init.method ?? request?.method ?? 'GET',
      url,
      headers: new Headers(init.headers),
      body,
      redirect: init.redirect,
    });
    const last = asked.at(-1);
    const answer = last && ((await scene.answer(last)) ?? usual(scene, last));
    if (answer instanceof Response) return answer;
    if (answer instanceof Error) throw answer;
    return new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  };
  const credentials = options.clientId === undefined ? { functionKey: 'the-key' } : {};
  const scene: Scene = {
    source: createTokenSource({ url: ROOT, ...credentials, fetch, now: Date.now, ...options }),
    asked,
    lines: () => asked.map(({ method, url }) => `${method} ${url.pathname}${url.search}`),
    state: { generation: 1, endsInSeconds: 43_200 },
    answer: () => undefined,
    settle,
    async pass(ms) {
      const step = Math.max(50, Math.ceil(ms / 400));
      for (let left = ms; left > 0; left -= step) {
        await settle();
        t.mock.timers.tick(Math.min(step, left));
      }
      await settle();
    },
  };
  return scene;
}

function usual({ state }: Scene, { method, url, headers, body }: Asked): Response {
  if (url.origin !== ROOT) {
    return new Response('', {
      status: headers.get('authorization') === `Bearer token-${state.generation}` ? 200 : 401,
    });
  }
  switch (`${method} ${url.pathname}`) {
    case 'GET /api/token':
      return tokenAnswer(state);
    case 'POST /api/token/refresh': {
      const reported: { generation?: unknown } = JSON.parse(String(body));
      if (reported.generation === state.generation) state.generation += 1;
      return tokenAnswer(state);
    }
    case 'POST /api/auth/login':
      return json(200, { access_token: 'own-1', refresh_token: 'own-refresh', token_type: 'Bearer', expires_in: 900 });
    case 'GET /api/auth/refresh_token':
      return json(200, { access_token: 'own-2', token_type: 'Bearer', expires_in: 900 });
    default:
      return new Response('', { status: 404 });
  }
}

/** What the service answers, with everything it says. */
export function tokenAnswer(
  { generation, endsInSeconds }: { generation: number; endsInSeconds: number },
  overrides: Record<string, unknown> = {},
): Response {
  return json(200, {
    access_token: `token-${generation}`,
    token_type: 'Bearer',
    expires_in: endsInSeconds,
    expires_at: '2001-01-01T00:00:00.000Z', // of another clock: not to be believed
    refreshed_at: new Date(Date.UTC(2026, 0, 1) + generation * 60_000).toISOString(),
    generation,
    source: 'refresh',
    stale: false,
    ...overrides,
  });
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** A problem of the service. */
export function problem(status: number, code: string, retryAfter?: number | string): Response {
  return json(
    status,
    { title: 'x', status, code, detail: 'SECRET of the body' },
    retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
  );
}
