import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const CLIENT = new URL('../../src/client/index.ts', import.meta.url).href;

/** Quartile refuses the first token. The service returns another one after the time in `Retry-After`. */
const SCRIPT = `
import { createTokenSource } from '${CLIENT}';
const [retryAfter, kind] = process.argv.slice(1);
const token = { access_token: 'a', expires_in: 3_600, generation: 1 };
let reports = 0;
const source = createTokenSource({
  url: 'https://keeper.example',
  functionKey: 'k',
  fetch: async (url, { headers }) => {
    if (url.endsWith('/api/token')) return Response.json(token);
    if (!url.endsWith('/refresh')) return new Response('', { status: headers.get('authorization') === 'Bearer b' ? 200 : 401 });
    if ((reports += 1) > 1) return Response.json({ ...token, access_token: 'b', generation: 2 });
    return new Response('{}', { status: 503, headers: { 'retry-after': retryAfter } });
  },
});
const body = kind === 'stream' ? new Blob(['x']).stream() : 'x';
const { status } = await source.authorizedFetch('https://quartile.example', { method: 'POST', body, duplex: 'half' });
console.log(status);
`;

/** The service answers the first request, and closes the connection of the next one, in the background. */
const AGEING = `
import { createServer } from 'node:http';
import { createTokenSource } from '${CLIENT}';
let [requests, passedMs] = [0, 0];
const broken = Promise.withResolvers();
const server = createServer((request, response) => {
  if ((requests += 1) === 1) return response.end(JSON.stringify({ access_token: 'a', expires_in: 100, generation: 1 }));
  response.destroy();
  broken.resolve();
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = 'http://127.0.0.1:' + server.address().port;
const source = createTokenSource({ url, functionKey: 'k', now: () => performance.now() + passedMs });
await source.getToken();
passedMs = 40_000;
await source.getToken();
await broken.promise;
server.close();
console.log((await source.getToken()).generation);
`;

describe('a process that is done', { timeout: 30_000 }, () => {
  const start = (script: string, ...args: readonly string[]) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, ...args], { timeout: 15_000 });
  const run = (...args: readonly string[]) => start(SCRIPT, ...args);

  it('ends with a token, and without a word about a failure in the background', async () => {
    assert.deepEqual(await start(AGEING), { stdout: '1\n', stderr: '' });
  });

  it('ends during the pause after a report that no caller waits for', async () => {
    assert.equal((await run('20', 'stream')).stdout, '401\n');
  });

  it('goes on while a caller waits for a report', async () => {
    assert.equal((await run('1', 'text')).stdout, '200\n');
  });
});
