/** The real axios over real HTTP, to Quartile and to a place elsewhere; the service is a function. */
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import axios from 'axios';
import { createTokenSource, type TokenSourceOptions } from '../../src/client/index.ts';
import { json, tokenAnswer } from './fake-service.ts';

type Received = { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string };
type AxiosOptions = NonNullable<Parameters<typeof axios.create>[0]>;
type Axios = Pick<typeof axios, 'create' | 'CancelToken' | 'isCancel'>;

const JSON_TYPE = { 'content-type': 'application/json' };

/** The gateway's answer to a wrong subscription key. */
export const NO_KEY = JSON.stringify({
  statusCode: 401,
  message: 'Access denied due to invalid subscription key. Check it.',
});

/** Another 401, in the same form. */
export const OTHER_401 = JSON.stringify({ statusCode: 401, message: 'Token refused.', more: 'x'.repeat(3_000) });

const PLACES = ['quartile', 'elsewhere'] as const;

/** Named by a variable: the types of each version differ, but not in what the tests use. */
const oldest: string = 'axios-oldest';
const axiosOldest: Axios = Object(await import(oldest)).default;

/** The newest axios with its two adapters for Node, and the oldest axios that is supported, which has one. */
export const VARIANTS = [
  { name: 'the newest axios', axios, adapter: 'http' },
  { name: 'the newest axios with its adapter fetch', axios, adapter: 'fetch' },
  { name: 'axios 1.0.0', axios: axiosOldest, adapter: undefined },
] as const;

export type Variant = { readonly axios: Axios; readonly adapter: 'http' | 'fetch' | undefined };

export function createAxiosScene({ axios: { create }, adapter }: Variant) {
  const received: Received[] = [];
  const urls: Record<(typeof PLACES)[number], string> = { quartile: '', elsewhere: '' };
  /** What has happened, and what is to: the tokens of Quartile are `token-GENERATION`. */
  const state = { reports: 0, generation: 1, lowestAccepted: 1, left: Promise.withResolvers<unknown>() };

  const servers = PLACES.map(() =>
    createServer((message, response) => {
      void text(message).then((body) => {
        const { url: path = '/', headers } = message;
        received.push({ path, headers, body });
        const sent = Number(/token-(\d+)$/.exec(headers.authorization ?? '')?.[1] ?? 0);
        if (path === '/near') response.writeHead(302, { location: '/orders' }).end();
        else if (path === '/moved') response.writeHead(302, { location: `${urls.elsewhere}/there` }).end();
        else if (path === '/moved-to-401') response.writeHead(302, { location: `${urls.elsewhere}/401` }).end();
        else if (path === '/round') response.writeHead(302, { location: `${urls.elsewhere}/back` }).end();
        else if (path === '/back') response.writeHead(302, { location: `${urls.quartile}/401` }).end();
        else if (path === '/401') response.writeHead(401).end();
        else if (path === '/no-key') response.writeHead(401, JSON_TYPE).end(NO_KEY);
        else if (path === '/no-key-gzip')
          response.writeHead(401, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipSync(NO_KEY));
        else if (path === '/slow-401') {
          response.writeHead(401, JSON_TYPE).write(OTHER_401.slice(0, 20));
          setTimeout(() => response.end(OTHER_401.slice(20)), 50);
        } else if (path === '/endless' && sent < state.lowestAccepted) {
          response.writeHead(401).write('x');
          response.once('close', state.left.resolve);
        } else response.writeHead(path === '/there' || sent >= state.lowestAccepted ? 200 : 401).end(`${body}!`);
      });
    }),
  );

  /** An instance of axios, and a source that only `attach` attaches to it. */
  function unattached(options: AxiosOptions = {}, more: Partial<TokenSourceOptions> = {}) {
    const source = createTokenSource({
      url: 'https://keeper.example',
      functionKey: 'k',
      subscriptionKey: 'sub-key',
      fetch: async (_, init) => {
        if (init?.method === 'POST') [state.reports, state.generation] = [state.reports + 1, state.generation + 1];
        return state.generation > 5
          ? json(503, {})
          : tokenAnswer({ generation: state.generation, endsInSeconds: 43_200 });
      },
      ...more,
    });
    const instance = create({ baseURL: urls.quartile, proxy: false, ...(adapter && { adapter }), ...options });
    return { source, instance, attach: () => source.attachTo(instance) };
  }

  const attached = (...options: Parameters<typeof unattached>) => {
    const { instance, attach } = unattached(...options);
    attach();
    return instance;
  };
  const start = async () => {
    for (const [index, server] of servers.entries()) {
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      urls[PLACES[index] ?? 'quartile'] = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    }
  };
  const stop = () => servers.forEach((server) => server.close().closeAllConnections());
  const reset = () => {
    received.length = 0;
    Object.assign(state, { reports: 0, generation: 1, lowestAccepted: 1, left: Promise.withResolvers() });
  };
  return { received, urls, state, attached, unattached, start, stop, reset };
}
