import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createTokenSource } from '../../src/client/index.ts';
import { tokenAnswer } from './fake-service.ts';

type Received = { readonly place: number; readonly path: string; readonly headers: IncomingHttpHeaders };

/** Node's own fetch, and two real servers; the service is a function. */
describe('authorizedFetch and redirects', () => {
  const received: Received[] = [];
  const urls: string[] = [];
  const servers = [0, 1].map((place) =>
    createServer(({ url: path = '', headers }, response) => {
      received.push({ place, path, headers });
      const target = { '/far': `${urls[1]}/there`, '/near': '/there' }[path];
      response.writeHead(target === undefined ? 200 : 307, target === undefined ? {} : { location: target }).end();
    }),
  );
  before(async () => {
    for (const server of servers) {
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      urls.push(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    }
  });
  after(() => servers.forEach((server) => server.close().closeAllConnections()));
  beforeEach(() => void (received.length = 0));

  /** The last request that arrived, and the status of the answer. */
  async function follow(path: string, init: RequestInit = {}, subscriptionKey?: string) {
    const source = createTokenSource({
      url: 'https://keeper.example',
      functionKey: 'k',
      subscriptionKey,
      fetch: (input, more) =>
        input === 'https://keeper.example/api/token'
          ? Promise.resolve(tokenAnswer({ generation: 1, endsInSeconds: 3_600 }))
          : fetch(input, more),
    });
    const { status } = await source.authorizedFetch(new Request(`${urls[0]}${path}`, { method: 'POST' }), init);
    const { place, headers } = received.at(-1) ?? {};
    return {
      status,
      count: received.length,
      place,
      bearer: headers?.authorization,
      key: headers?.['subscription-key'],
    };
  }

  it('are not followed with a subscription key, whatever else the caller sets', async () => {
    const expected = { status: 307, count: 1, place: 0, bearer: 'Bearer token-1', key: 'sub-key' };
    for (const [init, key] of [
      [{}, 'sub-key'],
      [{ redirect: 'follow' }, 'sub-key'],
      [{ redirect: 'follow', headers: { 'Subscription-Key': 'sub-key' } }, undefined],
    ] as const) {
      received.length = 0;
      assert.deepEqual(await follow('/far', init, key), expected);
    }
    await assert.rejects(follow('/far', { redirect: 'error' }, 'sub-key'), TypeError);
    assert.ok(received.every(({ place }) => place === 0));
  });

  it('are followed without one, and the token stays at its own origin', async () => {
    assert.deepEqual(await follow('/far'), { status: 200, count: 2, place: 1, bearer: undefined, key: undefined });
    received.length = 0;
    assert.deepEqual(await follow('/near'), {
      status: 200,
      count: 2,
      place: 0,
      bearer: 'Bearer token-1',
      key: undefined,
    });
  });
});
