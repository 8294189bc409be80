import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createTokenSource } from '../../src/client/index.ts';

/** Node's own fetch, and one real server, which is both Quartile and the service. The body of its 401 has no end. */
describe('the connections of authorizedFetch', { timeout: 30_000 }, () => {
  const left = Promise.withResolvers<unknown>();
  let generation = 1;
  let root: string;
  const server = createServer(({ url, method, headers }, response) => {
    if (method === 'POST') generation += 1;
    if (url?.startsWith('/keeper/')) {
      response.end(JSON.stringify({ access_token: `token-${generation}`, expires_in: 3_600, generation }));
    } else if (headers.authorization === 'Bearer token-2') {
      response.end('the answer');
    } else {
      response.writeHead(401).write('x');
      response.once('close', left.resolve);
    }
  });
  before(async () => {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    root = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  after(() => server.close().closeAllConnections());

  it('are freed after a 401 whose body is not read', async () => {
    const source = createTokenSource({ url: `${root}/keeper`, functionKey: 'k' });
    const answer = await source.authorizedFetch(`${root}/orders`);
    assert.equal(await answer.text(), 'the answer');
    await left.promise;
  });
});
