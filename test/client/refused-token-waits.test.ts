import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bearers, QUARTILE, refuseBelow, reports } from './fake-quartile.ts';
import { problem, startScene } from './fake-service.ts';

describe('authorizedFetch, while it waits for another token,', () => {
  it('reads the words of a 401 for some seconds, then frees them', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const usual = scene.answer;
    let isLeft = false;
    scene.answer = (asked) => {
      if (asked.headers.get('authorization') !== 'Bearer token-1') return usual(asked);
      const endless = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"message": "')),
        cancel: () => void (isLeft = true),
      });
      return new Response(endless, { status: 401, headers: { 'content-type': 'application/json' } });
    };
    let status: number | undefined;
    const fetched = scene.source.authorizedFetch(QUARTILE).then((answer) => ({ status } = answer));
    await scene.pass(2_900);
    assert.equal(status, undefined);
    await scene.pass(200);
    assert.deepEqual([status, isLeft], [200, true]);
    await fetched;
  });

  it('waits while the token is too young to be rotated, then reports it again', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const usual = scene.answer;
    let isYoung = true;
    scene.answer = (asked) =>
      isYoung && asked.url.pathname === '/api/token/refresh' ? problem(429, 'rotated_recently', 12) : usual(asked);
    const fetched = scene.source.authorizedFetch(QUARTILE);
    await scene.pass(11_900);
    assert.equal((await scene.source.getToken()).generation, 1, 'others are served meanwhile');
    assert.equal(reports(scene).length, 1);
    isYoung = false;
    await scene.pass(500);
    assert.equal((await fetched).status, 200);
    assert.deepEqual([reports(scene).length, bearers(scene).length], [2, 2]);
  });

  it('returns the 401 when no newer token comes, and reports no more often than the service asks for', async (t) => {
    const scene = startScene(t); // `waitMs` is 30 s
    refuseBelow(scene, 99);
    const usual = scene.answer;
    scene.answer = (asked) =>
      asked.url.pathname === '/api/token/refresh' ? problem(429, 'rotated_recently', 12) : usual(asked);
    const fetched = scene.source.authorizedFetch(QUARTILE);
    await scene.pass(25_000);
    assert.equal((await fetched).status, 401);
    assert.equal(reports(scene).length, 3);
  });

  it('lets others wait 5 s for a report, then serves them the token there is', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const usual = scene.answer;
    const reported = Promise.withResolvers<undefined>();
    scene.answer = (asked) => (asked.url.pathname === '/api/token/refresh' ? reported.promise : usual(asked));
    const fetched = scene.source.authorizedFetch(QUARTILE);
    await scene.settle();
    const served: number[] = [];
    const waiting = scene.source.getToken().then(({ generation }) => served.push(generation));
    await scene.pass(4_900);
    assert.deepEqual(served, []);
    await scene.pass(200);
    assert.deepEqual(served, [1]);
    reported.resolve(undefined);
    assert.equal((await fetched).status, 200);
    await waiting;
  });

  it('returns the 401 at once if the wait would exceed waitMs', async (t) => {
    for (const [status, code] of [
      [429, 'rotated_recently'],
      [503, 'token_unavailable'],
    ] as const) {
      t.mock.timers.reset();
      const scene = startScene(t); // `waitMs` is 30 s
      refuseBelow(scene, 99);
      const usual = scene.answer;
      scene.answer = (asked) =>
        asked.url.pathname === '/api/token/refresh' ? problem(status, code, 30) : usual(asked);
      for (let count = 0; count < 3; count += 1) {
        assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 401);
      }
      assert.equal(reports(scene).length, 1);
    }
  });

  it('waits if the rest of the pause is short enough, then reports again', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const usual = scene.answer;
    let isYoung = true;
    scene.answer = (asked) =>
      isYoung && asked.url.pathname === '/api/token/refresh' ? problem(429, 'rotated_recently', 30) : usual(asked);
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 401);
    await scene.pass(10_000);
    isYoung = false;
    const fetched = Promise.all([scene.source.authorizedFetch(QUARTILE), scene.source.authorizedFetch(QUARTILE)]);
    await scene.pass(20_000);
    assert.equal(reports(scene).length, 1, 'not before the time');
    await scene.pass(500);
    assert.deepEqual(
      (await fetched).map(({ status }) => status),
      [200, 200],
    );
    assert.equal(reports(scene).length, 2);
  });

  it('waits no longer than waitMs for the first token and another together', async (t) => {
    const scene = startScene(t); // `waitMs` is 30 s
    refuseBelow(scene, 2);
    const usual = scene.answer;
    scene.answer = async (asked) => {
      if (asked.url.pathname === '/api/token/refresh') return 'never';
      if (asked.url.pathname === '/api/token') await new Promise((resolve) => void setTimeout(resolve, 20_000));
      return usual(asked);
    };
    let status: number | undefined;
    void scene.source.authorizedFetch(QUARTILE).then((answer) => (status = answer.status));
    await scene.pass(29_000);
    assert.deepEqual([status, reports(scene).length], [undefined, 1]);
    await scene.pass(1_500);
    assert.equal(status, 401);
  });

  it('waits for its own waitMs, whichever caller sent the report', async (t) => {
    const scene = startScene(t); // `waitMs` is 30 s
    refuseBelow(scene, 2);
    const usual = scene.answer;
    let isUp = false;
    scene.answer = (asked) =>
      !isUp && asked.url.pathname === '/api/token/refresh' ? problem(503, 'token_unavailable', 8) : usual(asked);
    const early = scene.source.authorizedFetch(QUARTILE);
    await scene.pass(15_000);
    const late = scene.source.authorizedFetch(QUARTILE);
    await scene.pass(16_000);
    assert.equal((await early).status, 401);
    isUp = true;
    await scene.pass(10_000);
    assert.equal((await late).status, 200);
  });

  it('waits for the report of the newer token too, if that one is being reported', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 3);
    const usual = scene.answer;
    const reported = Promise.withResolvers<undefined>();
    const refused = Promise.withResolvers<Response>();
    scene.answer = (asked) => {
      if (asked.url.pathname === '/late' && asked.headers.get('authorization') === 'Bearer token-1')
        return refused.promise;
      return asked.body === '{"generation":2}' ? reported.promise : usual(asked);
    };
    const late = scene.source.authorizedFetch('https://quartile.example/late');
    await scene.settle();
    scene.state.generation = 2;
    scene.state.endsInSeconds = 50_000;
    await scene.source.getToken({ minTtlSeconds: 49_000 });
    const other = scene.source.authorizedFetch(QUARTILE);
    await scene.settle();
    refused.resolve(new Response('', { status: 401 }));
    await scene.settle();
    reported.resolve(undefined);
    await scene.settle();
    assert.deepEqual([(await late).status, (await other).status], [200, 200]);
    const sent = scene.asked.filter(({ url }) => url.pathname === '/late');
    assert.deepEqual(
      sent.map(({ headers }) => headers.get('authorization')),
      ['Bearer token-1', 'Bearer token-3'],
    );
  });

  it('ends its wait by its own signal, and no other wait', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const usual = scene.answer;
    let release: (answer: undefined) => void = () => {};
    scene.answer = (asked) =>
      asked.url.pathname === '/api/token/refresh' ? new Promise((resolve) => (release = resolve)) : usual(asked);
    const leaving = new AbortController();
    const one = scene.source.authorizedFetch(QUARTILE, { signal: leaving.signal });
    const other = scene.source.authorizedFetch(QUARTILE);
    await scene.settle();
    leaving.abort(new Error('enough'));
    await assert.rejects(one, /enough/);
    release(undefined);
    assert.equal((await other).status, 200);
  });

  it('waits for nothing if its signal aborts when the 401 arrives', async (t) => {
    const scene = startScene(t);
    const leaving = new AbortController();
    scene.answer = ({ url }) => {
      if (url.pathname === '/api/token/refresh') return 'never';
      if (url.href !== QUARTILE) return undefined;
      leaving.abort(new Error('enough'));
      return new Response('', { status: 401 });
    };
    await assert.rejects(scene.source.authorizedFetch(QUARTILE, { signal: leaving.signal }), /enough/);
  });
});
