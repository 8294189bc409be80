import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { json, problem, ROOT, type Scene, startScene, tokenAnswer } from './fake-service.ts';

const QUARTILE = 'https://quartile.example/orders';
const bearers = ({ asked }: Scene) =>
  asked.filter(({ url }) => url.href === QUARTILE).map(({ headers }) => headers.get('authorization'));
const reports = ({ asked }: Scene) =>
  asked.filter(({ url }) => url.pathname === '/api/token/refresh').map(({ body }) => body);

/** Quartile takes only the tokens from this generation on. */
function refuseBelow(scene: Scene, generation: number): void {
  const before = scene.answer;
  scene.answer = (asked) => {
    if (asked.url.origin === ROOT) return before(asked);
    const sent = Number(/token-(\d+)$/.exec(asked.headers.get('authorization') ?? '')?.[1]);
    return new Response('the answer', { status: sent >= generation ? 200 : 401 });
  };
}

/** What `fetch` returns once it has followed a redirect. */
function redirectedTo(url: string): Response {
  return Object.defineProperties(new Response('', { status: 401 }), {
    redirected: { value: true },
    url: { value: url },
  });
}

describe('authorizedFetch', () => {
  it('sends the bearer and the subscription key, and what the caller wants', async (t) => {
    const scene = startScene(t, { subscriptionKey: 'sub-key' });
    const answer = await scene.source.authorizedFetch(QUARTILE, {
      method: 'PUT',
      body: 'x',
      headers: { 'x-own': '1' },
    });
    assert.equal(answer.status, 200);
    const { method, headers, body, redirect } = scene.asked[1] ?? {};
    assert.deepEqual([method, body, redirect], ['PUT', 'x', 'manual']);
    assert.deepEqual(
      ['authorization', 'subscription-key', 'x-own'].map((name) => headers?.get(name)),
      ['Bearer token-1', 'sub-key', '1'],
    );
  });

  it('leaves redirects alone where there is no subscription key', async (t) => {
    const scene = startScene(t);
    await scene.source.authorizedFetch(QUARTILE);
    assert.equal(scene.asked[1]?.redirect, undefined);
    assert.equal(scene.asked[1]?.headers.has('subscription-key'), false);
  });

  it('reports a token that was refused, and repeats the request once', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const answer = await scene.source.authorizedFetch(QUARTILE, { method: 'POST', body: 'x' });
    assert.deepEqual([answer.status, await answer.text()], [200, 'the answer']);
    assert.deepEqual(bearers(scene), ['Bearer token-1', 'Bearer token-2']);
    assert.deepEqual(reports(scene), ['{"generation":1}']);
    assert.deepEqual(scene.asked.map(({ body }) => body).filter((body) => body === 'x').length, 2);
  });

  it('does so once only: the second 401 is the answer', async (t) => {
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

  it('reports nothing where a newer token is known by then', async (t) => {
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

  it('never goes back to what was reported, whatever an instance says that does not know yet', async (t) => {
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

  it('has rather none than one that was reported, even once all newer ones are dead', async (t) => {
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

  it('repeats what can be sent twice', async (t) => {
    const form = new FormData();
    form.set('a', 'b');
    for (const body of [
      'x',
      new Uint8Array([1]),
      new ArrayBuffer(1),
      new URLSearchParams('a=b'),
      form,
      new Blob(['x']),
      null,
    ]) {
      t.mock.timers.reset();
      const scene = startScene(t);
      refuseBelow(scene, 2);
      assert.equal((await scene.source.authorizedFetch(QUARTILE, { method: 'POST', body })).status, 200);
    }
  });

  it('returns the 401 of a stream, and gets a token for the requests to come', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const body = new Blob(['x']).stream();
    assert.equal((await scene.source.authorizedFetch(QUARTILE, { method: 'POST', body, duplex: 'half' })).status, 401);
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 200);
    assert.deepEqual(bearers(scene), ['Bearer token-1', 'Bearer token-2']);
  });

  it('takes a Request, and sends its body both times', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const request = new Request(QUARTILE, { method: 'POST', body: 'whole', headers: { 'x-own': '1' } });
    assert.equal((await scene.source.authorizedFetch(request)).status, 200);
    const sent = scene.asked.filter(({ url }) => url.href === QUARTILE);
    assert.deepEqual(
      sent.map(({ body, headers }) => [body, headers.get('x-own')]),
      [
        ['whole', '1'],
        ['whole', '1'],
      ],
    );
  });

  it('takes a Request for what to do with a URL, as fetch does', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const like = new Request('https://elsewhere.example', { method: 'PUT', body: 'whole', headers: { 'x-own': '1' } });
    assert.equal((await scene.source.authorizedFetch(QUARTILE, like)).status, 200);
    const sent = scene.asked.filter(({ url }) => url.href === QUARTILE);
    assert.deepEqual(
      sent.map(({ method, body, headers }) => [method, body, headers.get('x-own')]),
      [1, 2].map(() => ['PUT', 'whole', '1']),
    );
  });

  it('takes a Request whose body is spent, where there is another one', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const spent = new Request(QUARTILE, { method: 'POST', body: 'first' });
    await spent.text();
    assert.equal((await scene.source.authorizedFetch(spent, { body: 'second' })).status, 200);
    assert.deepEqual(
      scene.asked.filter(({ url }) => url.href === QUARTILE).map(({ body }) => body),
      ['second', 'second'],
    );
  });

  it('waits some seconds for what may be the gateway’s words, and lets go of them then', async (t) => {
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

  it('waits where the token is too young to be renewed, and asks what there is then', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 2);
    const usual = scene.answer;
    scene.answer = (asked) =>
      asked.url.pathname === '/api/token/refresh' ? problem(429, 'rotated_recently', 12) : usual(asked);
    const fetched = scene.source.authorizedFetch(QUARTILE);
    await scene.pass(11_900);
    assert.equal(scene.asked.length, 3);
    assert.equal((await scene.source.getToken()).generation, 1, 'served to others meanwhile');
    scene.state.generation = 2;
    await scene.pass(500);
    assert.equal((await fetched).status, 200);
    assert.deepEqual([reports(scene).length, bearers(scene).length], [1, 2]);
  });

  it('returns the 401 where nothing newer comes, and does not report it again and again', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 99);
    const usual = scene.answer;
    scene.answer = (asked) =>
      asked.url.pathname === '/api/token/refresh' ? problem(429, 'rotated_recently', 12) : usual(asked);
    const fetched = scene.source.authorizedFetch(QUARTILE);
    await scene.pass(13_000);
    assert.equal((await fetched).status, 401);
    assert.equal(reports(scene).length, 2);
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 401);
    assert.equal(reports(scene).length, 2);
  });

  it('returns the 401 at once where it would have to wait longer than it may', async (t) => {
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

  it('waits where the rest of that pause is short enough, and reports again after it', async (t) => {
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

  it('waits no longer than it may in all, for the first token and another together', async (t) => {
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

  it('has patience of its own, whoever began the report that it waits for', async (t) => {
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

  it('waits for the report of the newer token, too, where that is refused at the moment', async (t) => {
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

  it('reports again where an instance has died, or could not renew', async (t) => {
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

  it('returns the 401 at once where the service lets nobody report, and goes on with the token', async (t) => {
    const scene = startScene(t);
    refuseBelow(scene, 99);
    const usual = scene.answer;
    scene.answer = (asked) => (asked.url.pathname === '/api/token/refresh' ? problem(401, '') : usual(asked));
    assert.equal((await scene.source.authorizedFetch(QUARTILE)).status, 401);
    assert.equal((await scene.source.getToken()).generation, 1);
  });

  it('reports no token for the sake of a subscription key', async (t) => {
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

  it('reports no token for a 401 of another origin, behind a redirect', async (t) => {
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

  it('sends nothing to the service itself', async (t) => {
    const scene = startScene(t, { url: `${ROOT}/keeper/` });
    for (const url of [
      `${ROOT}/keeper/api/token`,
      `${ROOT}/Keeper`,
      new URL(`${ROOT}/keeper/?x`),
      new Request(`${ROOT}/keeper/x`),
    ]) {
      await assert.rejects(scene.source.authorizedFetch(url), { code: 'wrong_target' });
    }
    assert.equal(scene.asked.length, 0);
  });

  it('sends nothing in the clear, but on this machine', async (t) => {
    const scene = startScene(t);
    for (const host of ['quartile.example', '127.example', 'localhost.example', '10.0.0.1', '[::2]']) {
      await assert.rejects(scene.source.authorizedFetch(`http://${host}/`), { code: 'wrong_target' });
    }
    assert.equal(scene.asked.length, 0);
    for (const host of ['localhost:1', '127.0.0.1', '127.1.2.3:4', '[::1]', 'a.localhost']) {
      await scene.source.authorizedFetch(`http://${host}/`);
    }
    assert.equal(scene.asked.length, 6);
  });

  it('sends nothing beyond the origins that were named, and what is named may be reached in the clear', async (t) => {
    const scene = startScene(t, { origins: ['https://quartile.example', new URL('http://mock:8080')] });
    for (const url of [
      'https://elsewhere.example/',
      'https://quartile.example:444/',
      'http://quartile.example/',
      'http://127.0.0.1/',
      new Request('https://elsewhere.example/'),
    ]) {
      await assert.rejects(scene.source.authorizedFetch(url), { code: 'wrong_target' });
    }
    assert.equal(scene.asked.length, 0);
    await scene.source.authorizedFetch(QUARTILE);
    await scene.source.authorizedFetch('http://mock:8080/x');
    assert.equal(scene.asked.length, 3);
  });

  it('ends its wait with its signal, and nobody else’s', async (t) => {
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

  it('waits for nothing where its signal aborts as the 401 comes', async (t) => {
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
