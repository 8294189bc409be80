import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TokenSourceError } from '../../src/client/index.ts';
import { type Answer, problem, startScene, tokenAnswer } from './fake-service.ts';

const code = (expected: string) => (error: unknown) => error instanceof TokenSourceError && error.code === expected;
const refused = () => Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });

describe('getToken', () => {
  it('asks once, however many ask, and sends the key', async (t) => {
    const scene = startScene(t);
    const tokens = await Promise.all(Array.from({ length: 200 }, () => scene.source.getToken()));
    assert.deepEqual(new Set(tokens.map(({ accessToken }) => accessToken)), new Set(['token-1']));
    assert.deepEqual(scene.lines(), ['GET /api/token']);
    assert.equal(scene.asked[0]?.headers.get('x-functions-key'), 'the-key');
    assert.equal(scene.asked[0]?.redirect, 'manual');
  });

  it('serves from memory, and counts the life on our clock from the moment of the request', async (t) => {
    const scene = startScene(t);
    scene.answer = async () => {
      await scene.pass(4_000);
      return undefined;
    };
    const sentAtMs = Date.now();
    const { expiresAt, generation } = await scene.source.getToken();
    assert.deepEqual([expiresAt.getTime(), generation], [sentAtMs + 43_200_000, 1]);
    await scene.pass(6 * 3_600_000);
    assert.deepEqual(await scene.source.getToken(), { accessToken: 'token-1', expiresAt, generation: 1 });
    assert.equal(scene.asked.length, 1);
  });

  it('serves no token that ended while the machine slept', async (t) => {
    t.mock.method(performance, 'now', () => 5_000); // it stands still meanwhile
    for (const client of [{}, { functionKey: undefined, clientId: 'a', clientSecret: 'b' }]) {
      t.mock.timers.reset();
      const scene = startScene(t, { now: undefined, ...client });
      scene.state.endsInSeconds = 3_600;
      await scene.source.getToken();
      scene.state.generation = 2;
      await scene.pass(3_600_000);
      const { generation, expiresAt } = await scene.source.getToken();
      assert.deepEqual([generation, expiresAt.getTime()], [2, Date.now() + 3_600_000]);
    }
  });

  it('serves a token that ends soon while one request looks for another', async (t) => {
    const scene = startScene(t);
    scene.state.endsInSeconds = 400;
    await scene.source.getToken();
    await scene.pass(101_000);
    scene.state.generation = 2;
    const tokens = await Promise.all([scene.source.getToken(), scene.source.getToken()]);
    assert.deepEqual(
      tokens.map(({ generation }) => generation),
      [1, 1],
    );
    await scene.settle();
    assert.equal((await scene.source.getToken()).generation, 2);
    assert.equal(scene.asked.length, 2);
  });

  it('does not look again at once if there was no newer token', async (t) => {
    const scene = startScene(t);
    scene.state.endsInSeconds = 200; // ageing from the start
    for (let count = 0; count < 100; count += 1) {
      await scene.source.getToken();
      await scene.pass(1_000);
      scene.state.endsInSeconds -= 1;
    }
    assert.ok(scene.asked.length >= 3 && scene.asked.length <= 6, String(scene.asked.length));
  });

  it('looks for a newer token from renewBeforeSeconds on, and waits for one below 10 s', async (t) => {
    for (const [lifeSeconds, asks] of [
      [300, []],
      [299.9, ['served at once']],
      [10, ['served at once']],
      [9.9, ['waits']],
    ] as const) {
      t.mock.timers.reset();
      const scene = startScene(t, { renewBeforeSeconds: 300 });
      scene.state.endsInSeconds = 1_000;
      await scene.source.getToken();
      scene.answer = () => 'never';
      t.mock.timers.tick((1_000 - lifeSeconds) * 1000);
      let isServed = false;
      const served = scene.source.getToken().then(() => (isServed = true));
      await scene.settle();
      const seen = scene.asked.length === 1 ? [] : [isServed ? 'served at once' : 'waits'];
      assert.deepEqual(seen, asks, String(lifeSeconds));
      await scene.pass(10_000);
      await served;
    }
  });

  it('ends a request after timeoutMs although the fetch ignores its signal', async (t) => {
    let requests = 0;
    const ignoring = () => {
      requests += 1;
      return new Promise<never>(() => undefined);
    };
    const scene = startScene(t, { fetch: ignoring, timeoutMs: 3_000, waitMs: 10_000 });
    const failed = assert.rejects(scene.source.getToken(), code('timed_out'));
    await scene.pass(10_000);
    await failed;
    assert.equal(requests, 3);
  });

  it('waits for another token near the end, and serves the old one if there is none', async (t) => {
    const scene = startScene(t);
    scene.state.endsInSeconds = 60;
    await scene.source.getToken();
    await scene.pass(52_000);
    scene.answer = () => refused();
    assert.equal((await scene.source.getToken()).generation, 1);
    await scene.pass(2_000);
    scene.answer = () => 'never';
    const late = scene.source.getToken();
    await scene.pass(4_500);
    assert.equal((await late).generation, 1, 'before it is too late');
    scene.answer = () => tokenAnswer({ generation: 2, endsInSeconds: 60 });
    await scene.pass(1_000); // dead
    const next = scene.source.getToken();
    await scene.pass(30_000); // the one that hangs is over by then
    assert.equal((await next).generation, 2);
  });

  it('serves the last token while the service is down, without asking all the time', async (t) => {
    const scene = startScene(t);
    scene.state.endsInSeconds = 300;
    await scene.source.getToken();
    scene.answer = () => refused();
    for (let count = 0; count < 280; count += 1) {
      assert.equal((await scene.source.getToken()).generation, 1);
      await scene.pass(1_000);
    }
    assert.ok(scene.asked.length < 25, String(scene.asked.length));
    await scene.pass(20_000);
    const dead = scene.source.getToken();
    const failed = assert.rejects(dead, code('unavailable'));
    await scene.pass(31_000);
    await failed;
  });

  it('waits as long as the service says, and no longer than it may', async (t) => {
    const scene = startScene(t);
    scene.answer = () => problem(503, 'token_unavailable', 7);
    const token = scene.source.getToken();
    await scene.pass(6_900);
    assert.equal(scene.asked.length, 1);
    scene.answer = () => undefined;
    await scene.pass(500);
    assert.equal((await token).generation, 1);
    assert.equal(scene.asked.length, 2);
  });

  it('fails at once, with the time to wait, if that is too long', async (t) => {
    const scene = startScene(t);
    scene.answer = () => problem(503, 'store_unavailable', 120);
    await assert.rejects(scene.source.getToken(), { code: 'unavailable', status: 503, retryAfterSeconds: 121 });
    await scene.pass(60_000);
    await assert.rejects(scene.source.getToken(), ({ retryAfterSeconds }) => [60, 61].includes(retryAfterSeconds));
    assert.equal(scene.asked.length, 1, 'no request before that');
    scene.answer = () => undefined;
    await scene.pass(61_000);
    await scene.source.getToken();
  });

  it('asks again after five minutes, whatever the service said', async (t) => {
    const scene = startScene(t);
    scene.answer = () => problem(503, 'token_unavailable', 86_400);
    await assert.rejects(scene.source.getToken(), code('unavailable'));
    scene.answer = () => undefined;
    await scene.pass(301_000);
    assert.equal((await scene.source.getToken()).generation, 1);
  });

  it('gives up after waitMs, and backs off meanwhile', async (t) => {
    const scene = startScene(t, { waitMs: 10_000 });
    scene.answer = () => problem(500, 'internal_error');
    const failed = assert.rejects(scene.source.getToken(), code('unavailable'));
    await scene.pass(10_000);
    await failed;
    assert.ok(scene.asked.length >= 3 && scene.asked.length <= 6, String(scene.asked.length));
  });

  it('backs off even if the service says to return at once', async (t) => {
    for (const retryAfter of [0, 'Thu, 01 Jan 2026 00:00:00 GMT']) {
      t.mock.timers.reset();
      const scene = startScene(t, { waitMs: 8_000 });
      scene.answer = () => problem(503, 'token_unavailable', retryAfter);
      const failed = assert.rejects(scene.source.getToken(), code('unavailable'));
      await scene.pass(8_000);
      await failed;
      assert.ok(scene.asked.length >= 3 && scene.asked.length <= 5, String(scene.asked.length));
    }
  });

  it('starts its back-off again after an answer', async (t) => {
    const scene = startScene(t, { waitMs: 100_000 });
    scene.state.endsInSeconds = 20;
    scene.answer = () => (scene.asked.length > 6 ? undefined : refused());
    const token = scene.source.getToken();
    await scene.pass(90_000);
    await token;
    const { length } = scene.asked;
    scene.state.generation = 2;
    scene.answer = () => (scene.asked.length > length + 1 ? undefined : refused());
    const next = scene.source.getToken();
    await scene.pass(1_000);
    await next;
    assert.equal(scene.asked.length, length + 2);
  });

  it('waits neither for a hanging request beyond waitMs, nor with it beyond timeoutMs', async (t) => {
    const scene = startScene(t, { waitMs: 5_000, timeoutMs: 8_000 });
    scene.answer = () => 'never';
    const failed = assert.rejects(scene.source.getToken(), code('timed_out'));
    await scene.pass(5_000);
    await failed;
    scene.answer = () => undefined;
    const next = scene.source.getToken();
    await scene.pass(4_500);
    assert.equal((await next).generation, 1);
  });

  it('ends one wait for one signal, and the request goes on', async (t) => {
    const scene = startScene(t);
    let release: (answer: Response) => void = () => {};
    scene.answer = () => new Promise((resolve) => (release = resolve));
    const leaving = new AbortController();
    const [one, other] = [scene.source.getToken({ signal: leaving.signal }), scene.source.getToken()];
    await scene.settle();
    leaving.abort(new Error('enough'));
    await assert.rejects(one, /enough/);
    release(tokenAnswer(scene.state));
    assert.equal((await other).generation, 1);
    await assert.rejects(scene.source.getToken({ signal: leaving.signal }), /enough/);
    assert.equal(scene.asked.length, 1);
  });

  it('ends each kind of wait with the reason of the signal', async (t) => {
    const waits: Answer[] = ['never', problem(503, 'token_unavailable', 20)];
    for (const answer of waits) {
      t.mock.timers.reset();
      const scene = startScene(t);
      scene.answer = () => answer;
      const leaving = new AbortController();
      const gone = scene.source.getToken({ signal: leaving.signal }).catch((reason: unknown) => reason);
      await scene.pass(1_000);
      leaving.abort('a text');
      assert.equal(await gone, 'a text');
    }
  });

  it('keeps the promise of minTtlSeconds, and asks only if necessary', async (t) => {
    const scene = startScene(t);
    scene.state.endsInSeconds = 1_000;
    await scene.source.getToken({ minTtlSeconds: 1_000 });
    assert.deepEqual(scene.lines(), ['GET /api/token?min_ttl=1000']);
    await scene.source.getToken({ minTtlSeconds: 900 });
    await scene.pass(200_000);
    Object.assign(scene.state, { generation: 2, endsInSeconds: 43_200 });
    assert.equal((await scene.source.getToken({ minTtlSeconds: 899.5 })).generation, 2);
    assert.deepEqual(scene.lines().slice(1), ['GET /api/token?min_ttl=900']);
  });

  it('serves plain callers while a strict request hangs, and strict callers while a plain one does', async (t) => {
    for (const hangs of [true, false]) {
      t.mock.timers.reset();
      const scene = startScene(t);
      scene.state.endsInSeconds = 1_000;
      scene.answer = ({ url }) => ((url.search !== '') === hangs ? 'never' : undefined);
      const hanging = assert.rejects(
        scene.source.getToken(hangs ? { minTtlSeconds: 3_600 } : { minTtlSeconds: 50_000 }),
        code(hangs ? 'timed_out' : 'unavailable'),
      );
      const plain = Promise.all([scene.source.getToken(), scene.source.getToken()]);
      await scene.pass(100);
      assert.deepEqual(
        (await plain).map(({ generation }) => generation),
        [1, 1],
      );
      assert.deepEqual(scene.lines(), [`GET /api/token?min_ttl=${hangs ? 3_600 : 50_000}`, 'GET /api/token']);
      await scene.pass(31_000);
      await hanging;
    }
  });

  it('ends a pause with the token that a strict request returns meanwhile', async (t) => {
    const scene = startScene(t);
    const answered = Promise.withResolvers<undefined>();
    scene.answer = ({ url }) => (url.search === '' ? problem(503, 'token_unavailable', 20) : answered.promise);
    const strict = scene.source.getToken({ minTtlSeconds: 600 });
    let served: number | undefined;
    const plain = scene.source.getToken().then(({ generation }) => (served = generation));
    await scene.pass(2_000);
    answered.resolve(undefined);
    await strict;
    await scene.settle();
    assert.deepEqual([served, scene.asked.length], [1, 2]);
    await plain;
  });

  it('keeps the pause of a plain request when a strict one fails', async (t) => {
    const scene = startScene(t);
    let release: (answer: Response) => void = () => {};
    scene.answer = ({ url }) =>
      url.search ? new Promise((resolve) => (release = resolve)) : problem(503, 'token_unavailable', 100);
    const strict = assert.rejects(scene.source.getToken({ minTtlSeconds: 3_600 }), code('unavailable'));
    await assert.rejects(scene.source.getToken(), code('unavailable'));
    release(problem(503, 'token_unavailable', 1));
    await strict;
    await assert.rejects(scene.source.getToken(), code('unavailable'));
    assert.equal(scene.asked.length, 2);
  });

  it('fails a promise that cannot be kept, and serves callers that ask for less', async (t) => {
    const scene = startScene(t, { waitMs: 3_000 });
    scene.state.endsInSeconds = 100;
    scene.answer = ({ url }) => (url.search ? problem(503, 'token_unavailable', 5) : undefined);
    await assert.rejects(scene.source.getToken({ minTtlSeconds: 3_600 }), {
      code: 'unavailable',
      retryAfterSeconds: 6,
    });
    assert.equal((await scene.source.getToken()).generation, 1);
    await assert.rejects(scene.source.getToken({ minTtlSeconds: 3_600 }), code('unavailable'));
    assert.equal(scene.asked.length, 2);
    scene.answer = () => undefined; // it answers with less than it was asked for
    await scene.pass(6_000);
    const failed = assert.rejects(scene.source.getToken({ minTtlSeconds: 3_600 }), code('unavailable'));
    await scene.pass(4_000);
    await failed;
  });

  it('does not ask a service that refuses it all the time', async (t) => {
    for (const [status, problemCode, expected] of [
      [401, '', 'unauthorized'],
      [403, 'x', 'forbidden'],
      [404, '', 'misconfigured'],
      [500, 'misconfigured', 'misconfigured'],
      [400, 'invalid_request', 'invalid_request'],
      [302, '', 'bad_answer'],
    ] as const) {
      t.mock.timers.reset();
      const scene = startScene(t, { waitMs: 60_000 });
      scene.answer = () => problem(status, problemCode);
      for (let count = 0; count < 10; count += 1) await assert.rejects(scene.source.getToken(), code(expected));
      assert.equal(scene.asked.length, 1, expected);
      scene.answer = () => undefined;
      await scene.pass(46_000);
      await scene.source.getToken();
    }
  });

  it('accepts no malformed token', async (t) => {
    for (const overrides of [
      { access_token: '' },
      { access_token: 'a\nb' },
      { expires_in: '9' },
      { expires_in: -1 },
      { generation: 1.5 },
    ]) {
      t.mock.timers.reset();
      const scene = startScene(t);
      scene.answer = () => tokenAnswer(scene.state, overrides);
      await assert.rejects(scene.source.getToken(), { code: 'bad_answer', status: 200 });
    }
  });

  it('refuses invalid options', async (t) => {
    const { source, asked } = startScene(t);
    for (const minTtlSeconds of [-1, Number.NaN, Infinity])
      await assert.rejects(source.getToken({ minTtlSeconds }), TypeError);
    assert.equal(asked.length, 0);
  });

  it('has no secret in its errors', async (t) => {
    const scene = startScene(t, { clientId: 'reports', clientSecret: 'SECRET-1', waitMs: 0 });
    const quoting = Object.assign(new Error('SECRET the-key'), { cause: { code: 'ECONNRESET', config: 'SECRET' } });
    for (const answer of [problem(401, 'invalid_client'), problem(503, 'SECRET'), quoting, new Response('SECRET')]) {
      scene.answer = () => (answer instanceof Response ? answer.clone() : answer);
      const error = await scene.source.getToken().catch((thrown: unknown) => thrown);
      assert.ok(error instanceof TokenSourceError);
      assert.doesNotMatch(
        `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`,
        /SECRET|the-key|keeper\.example/,
      );
      await scene.pass(100_000);
    }
  });
});
