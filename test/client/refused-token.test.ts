import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bearers, QUARTILE, redirectedTo, refuseBelow, reports } from './fake-quartile.ts';
import { json, problem, startScene, tokenAnswer } from './fake-service.ts';

describe('authorizedFetch, after Quartile refused the token,', () => {
  it('reports a token that was refused, and repeats the request once', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const answer = await scene.source.authorizedFetch(QUARTILE, { method: 'POST', body: 'x' });
    assert.deepEqual([answer.status, await answer.text()], [200, 'the answer']);
    assert.deepEqual(bearers(scene), ['Bearer token-1', 'Bearer token-2']);
    assert.deepEqual(reports(scene), ['{"generation":1}']);
    assert.deepEqual(scene.asked.map(({ body }) => body).filter((body) => body === 'x').length, 2);
  });

  it('does so only once: the second 401 is the answer', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 99);
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 401);
    assert.deepEqual([bearers(scene).length, reports(scene).length], [2, 1]);
  });

  it('reports once for a thousand requests', async (t) => {
    const scene = startScene(t);
    await scene.source.getToken();
    refuseBelow(scene, 2);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => scene.source.authorizedFetch(QUARTILE)));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.deepEqual(reports(scene), ['{"generation":1}']);
  });

  it('reports nothing if a newer token is already known', async (t) => {
    const scene = startScene(t);
    let refuse: (answer: Response) => void = () => {};
    scene.answer = ({ url }) => (url.href === QUARTILE ? new Promise((resolve) => (refuse = resolve)) : undefined);
    const late = scene.source.authorizedFetch(QUARTILE);
    await scene.settle();
    scene.state.generation = 2;
    scene.state.endsInSeconds = 50_000;
    await scene.source.getToken({ minTtlSeconds: 49_000 });
    scene.answer = () => undefined;
    refuse(new Response('', { status: 401 }));
    assert.equal((await late).status, 200);
    assert.deepEqual(reports(scene), []);
  });

  it('never returns to a reported token, although an instance still serves it', async (t) => {
    const scene = startScene(t);
    await scene.source.getToken();
    refuseBelow(scene, 2);
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 200);
    const usual = scene.answer;
    scene.answer = (asked) =>
      asked.url.pathname === '/api/token' ? tokenAnswer({ generation: 1, endsInSeconds: 43_300 }) : usual(asked);
    const failed = assert.rejects(scene.source.getToken({ minTtlSeconds: 43_250 }), { code: 'unavailable' });
    await scene.pass(31_000);
    await failed;
    assert.equal((await scene.source.getToken()).generation, 2);
  });

  it('serves no reported token, even after all newer ones have expired', async (t) => {
    const scene = startScene(t);
    scene.state.endsInSeconds = 100;
    refuseBelow(scene, 2);
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 200);
    await scene.pass(100_000);
    const usual = scene.answer;
    scene.answer = (asked) =>
      asked.url.pathname === '/api/token' ? tokenAnswer({ generation: 1, endsInSeconds: 43_300 }) : usual(asked);
    const failed = assert.rejects(scene.source.getToken(), { code: 'unavailable' });
    await scene.pass(31_000);
    await failed;
  });

  it('reports again if an instance died, or could not rotate', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const usual = scene.answer;
    const failures = [new TypeError('fetch failed'), problem(503, 'token_unavailable', 3)];
    scene.answer = (asked) =>
      (asked.url.pathname === '/api/token/refresh' ? failures.shift() : undefined) ?? usual(asked);
    const fetched = scene.source.authorizedFetch(QUARTILE);
    await scene.pass(5_000);
    assert.equal((await fetched).status, 200);
    assert.equal(reports(scene).length, 3);
  });

  it('returns the 401 at once if the service refuses reports, and goes on with the token', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 99);
    const usual = scene.answer;
    scene.answer = (asked) => (asked.url.pathname === '/api/token/refresh' ? problem(401, '') : usual(asked));
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 401);
    assert.equal((await scene.source.getToken()).generation, 1);
  });

  it('reports no token because of a subscription key', async (t) => {
    const message = 'Access denied due to invalid subscription key.';
    const challenge = { 'www-authenticate': 'AzureApiManagementKey realm="https://quartile.example"' };
    for (const refusal of [
      json(401, { statusCode: 401, message }),
      new Response('', { status: 401, headers: challenge }),
    ]) {
      t.mock.timers.reset();
      const scene = startScene(t);
      scene.answer = ({ url }) => (url.href === QUARTILE ? refusal : undefined);
      const answer = await scene.source.authorizedFetch(QUARTILE);
      assert.equal(answer.status, 401);
      await answer.text();
      assert.deepEqual(reports(scene), []);
    }
  });

  it('reports no token for a 401 of another origin after a redirect', async (t) => {
    for (const [url, count] of [
      ['https://elsewhere.example/login', 0],
      ['https://quartile.example/moved', 1],
    ] as const) {
      t.mock.timers.reset();
      const scene = startScene(t);
      scene.answer = (asked) => (asked.url.href === QUARTILE ? redirectedTo(url) : undefined);
      assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 401);
      assert.deepEqual([reports(scene).length, bearers(scene).length], [count, count + 1]);
    }
  });
});
