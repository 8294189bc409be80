import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problem, startScene } from './fake-service.ts';

const client = { clientId: 'reports', clientSecret: 'the-secret' };

describe('a caller with tokens of its own', () => {
  it('logs in once for all callers', async (t) => {
    const scene = startScene(t, client);
    await Promise.all(Array.from({ length: 50 }, () => scene.source.getToken()));
    assert.deepEqual(scene.lines(), ['POST /api/auth/login', 'GET /api/token']);
    const [login, token] = scene.asked;
    assert.equal(login?.body, '{"client_id":"reports","client_secret":"the-secret"}');
    assert.equal(token?.headers.get('authorization'), 'Bearer own-1');
    assert.equal(token?.headers.has('x-functions-key'), false);
  });

  it('renews by its refresh token before its access token ends', async (t) => {
    const scene = startScene(t, client);
    scene.state.endsInSeconds = 1_100;
    await scene.source.getToken();
    await scene.pass(895_000);
    await scene.source.getToken();
    await scene.settle();
    assert.deepEqual(scene.lines().slice(2), ['GET /api/auth/refresh_token', 'GET /api/token']);
    assert.equal(scene.asked[2]?.headers.get('authorization'), 'Bearer own-refresh');
    assert.equal(scene.asked[3]?.headers.get('authorization'), 'Bearer own-2');
  });

  it('renews after the service says that its access token has expired, and asks again', async (t) => {
    const scene = startScene(t, client);
    scene.answer = ({ url, headers }) =>
      url.pathname === '/api/token' && headers.get('authorization') === 'Bearer own-1'
        ? problem(401, 'token_expired')
        : undefined;
    assert.equal((await scene.source.getToken()).generation, 1);
    const lines = ['POST /api/auth/login', 'GET /api/token', 'GET /api/auth/refresh_token', 'GET /api/token'];
    assert.deepEqual(scene.lines(), lines);
  });

  it('logs in again if its tokens are no longer valid, or the renewal is refused', async (t) => {
    for (const how of ['invalid_token', 'token_expired']) {
      t.mock.timers.reset();
      const scene = startScene(t, client);
      let refusals = 0;
      scene.answer = ({ url }) => {
        if (url.pathname === '/api/auth/refresh_token') return problem(401, 'invalid_token');
        return url.pathname === '/api/token' && (refusals += 1) === 1 ? problem(401, how) : undefined;
      };
      assert.equal((await scene.source.getToken()).generation, 1);
      assert.equal(scene.lines().filter((line) => line === 'POST /api/auth/login').length, 2);
      assert.equal(scene.lines().includes('GET /api/auth/refresh_token'), how === 'token_expired');
    }
  });

  it('does not loop if the service refuses every token', async (t) => {
    const scene = startScene(t, client);
    scene.answer = ({ url }) => (url.pathname === '/api/token' ? problem(401, 'token_expired') : undefined);
    await assert.rejects(scene.source.getToken(), { code: 'unauthorized', status: 401 });
    await assert.rejects(scene.source.getToken(), { code: 'unauthorized' });
    assert.equal(scene.asked.length, 4);
  });

  it('does not repeat a refused login at once', async (t) => {
    const scene = startScene(t, client);
    scene.answer = () => problem(401, 'invalid_client');
    for (let count = 0; count < 20; count += 1) {
      await assert.rejects(scene.source.getToken(), { code: 'unauthorized', retryAfterSeconds: undefined });
    }
    const fetched = scene.source.authorizedFetch('https://quartile.example/');
    await assert.rejects(fetched, { code: 'unauthorized' });
    assert.deepEqual(scene.lines(), ['POST /api/auth/login']);
    scene.answer = () => undefined;
    await scene.pass(46_000);
    assert.equal((await scene.source.getToken()).generation, 1);
  });

  it('waits before the next login as long as a 429 says', async (t) => {
    const scene = startScene(t, client);
    scene.answer = () => problem(429, 'too_many_requests', 20);
    const token = scene.source.getToken();
    await scene.pass(19_900);
    assert.equal(scene.asked.length, 1);
    scene.answer = () => undefined;
    await scene.pass(600);
    assert.equal((await token).generation, 1);
    assert.deepEqual(scene.lines(), ['POST /api/auth/login', 'POST /api/auth/login', 'GET /api/token']);
  });

  it('fails at once if that is longer than waitMs', async (t) => {
    const scene = startScene(t, client);
    scene.answer = () => problem(429, 'too_many_requests', 60);
    const expected = { code: 'throttled', status: 429, retryAfterSeconds: 61 };
    await assert.rejects(scene.source.getToken(), expected);
    await assert.rejects(scene.source.getToken(), expected);
    assert.equal(scene.asked.length, 1);
  });

  it('goes on with a valid access token while it cannot be renewed', async (t) => {
    const scene = startScene(t, client);
    scene.state.endsInSeconds = 1_100;
    await scene.source.getToken();
    await scene.pass(895_000);
    scene.answer = ({ url }) =>
      url.pathname.startsWith('/api/auth') ? problem(503, 'store_unavailable', 5) : undefined;
    scene.state.generation = 2;
    await scene.source.getToken();
    await scene.settle();
    assert.equal((await scene.source.getToken()).generation, 2);
  });

  it('reports that the service has no logins', async (t) => {
    const scene = startScene(t, client);
    scene.answer = () => new Response('', { status: 404 });
    await assert.rejects(scene.source.getToken(), { code: 'misconfigured', status: 404 });
  });
});
