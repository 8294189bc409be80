import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { create as createAxios, isAxiosError } from 'axios';
import { createTokenSource } from '../../src/client/index.ts';
import { json, tokenAnswer } from './fake-service.ts';

type Received = { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string };

const PLACES = ['quartile', 'elsewhere'] as const;

/** The real axios over real HTTP; the service is a function. */
describe('an axios instance', () => {
  const received: Received[] = [];
  const urls: Record<(typeof PLACES)[number], string> = { quartile: '', elsewhere: '' };
  let reports: number;
  let generation: number;
  let lowestAccepted: number;

  const servers = PLACES.map(() =>
    createServer((message, response) => {
      void text(message).then((body) => {
        const { url: path = '/', headers } = message;
        received.push({ path, headers, body });
        const sent = Number(/token-(\d+)$/.exec(headers.authorization ?? '')?.[1] ?? 0);
        if (path === '/moved') response.writeHead(302, { location: `${urls.elsewhere}/there` }).end();
        else if (path === '/moved-to-401') response.writeHead(302, { location: `${urls.elsewhere}/401` }).end();
        else if (path === '/401') response.writeHead(401).end();
        else response.writeHead(path === '/there' || sent >= lowestAccepted ? 200 : 401).end(`${body}!`);
      });
    }),
  );
  before(async () => {
    for (const [index, server] of servers.entries()) {
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      urls[PLACES[index] ?? 'quartile'] = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    }
  });
  after(() => servers.forEach((server) => server.close().closeAllConnections()));
  beforeEach(() => {
    received.length = 0;
    [reports, generation, lowestAccepted] = [0, 1, 1];
  });

  function attached(options: Parameters<typeof createAxios>[0] = {}) {
    const source = createTokenSource({
      url: 'https://keeper.example',
      functionKey: 'k',
      subscriptionKey: 'sub-key',
      fetch: async (_, init) => {
        if (init?.method === 'POST') [reports, generation] = [reports + 1, generation + 1];
        return generation > 5 ? json(503, {}) : tokenAnswer({ generation, endsInSeconds: 43_200 });
      },
    });
    const instance = createAxios({ baseURL: urls.quartile, proxy: false, ...options });
    source.attachTo(instance);
    return instance;
  }

  it('sends the bearer and the subscription key', async () => {
    await attached().get('/orders', { headers: { 'x-own': '1' } });
    const { headers } = received[0] ?? {};
    assert.deepEqual(
      [headers?.authorization, headers?.['subscription-key'], headers?.['x-own']],
      ['Bearer token-1', 'sub-key', '1'],
    );
  });

  it('reports a token that was refused, and repeats the request as it was', async () => {
    lowestAccepted = 2;
    const { status, data } = await attached().post('/orders', { a: 1 }, { params: { b: 2 } });
    assert.deepEqual([status, data], [200, '{"a":1}!']);
    assert.deepEqual(
      received.map(({ path, headers, body }) => [path, headers.authorization, body]),
      [1, 2].map((count) => ['/orders?b=2', `Bearer token-${count}`, '{"a":1}']),
    );
    assert.equal(reports, 1);
  });

  it('does so where it was told to take a 401 for an answer, too', async () => {
    lowestAccepted = 2;
    const { status, data } = await attached({ validateStatus: () => true }).post('/orders', 'x');
    assert.deepEqual([status, data, received.length], [200, 'x!', 2]);
  });

  it('reports once for many requests', async () => {
    lowestAccepted = 2;
    const instance = attached();
    const answers = await Promise.all(Array.from({ length: 100 }, () => instance.get('/orders')));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.equal(reports, 1);
  });

  it('fails with the second 401, and the first one of a stream', async () => {
    lowestAccepted = 99;
    await assert.rejects(attached().get('/orders'), isA401);
    assert.deepEqual([received.length, reports], [2, 1]);
    received.length = 0;
    await assert.rejects(attached().post('/orders', Readable.from(['x'])), isA401);
    assert.equal(received.length, 1);
  });

  it('takes neither the bearer nor the key to another origin', async () => {
    const { status } = await attached().get('/moved');
    assert.equal(status, 200);
    const { path, headers } = received[1] ?? {};
    assert.deepEqual([path, headers?.authorization, headers?.['subscription-key']], ['/there', undefined, undefined]);
  });

  it('reports no token for a 401 of another origin, behind a redirect', async () => {
    await assert.rejects(attached().get('/moved-to-401'), isA401);
    assert.deepEqual([received.length, reports], [2, 0]);
    await assert.rejects(attached().get('/401'), isA401);
    assert.equal(reports, 1);
  });

  it('sends nothing to the service itself', async () => {
    const instance = attached({ baseURL: 'https://keeper.example/api' });
    await assert.rejects(instance.get('/token'), { code: 'wrong_target' });
    await assert.rejects(attached().get('https://keeper.example/api/token'), { code: 'wrong_target' });
  });

  function isA401(error: unknown): boolean {
    return isAxiosError(error) && error.response?.status === 401;
  }
});
