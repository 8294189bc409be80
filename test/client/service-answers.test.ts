import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TokenSourceError } from '../../src/client/index.ts';
import { startScene, tokenAnswer } from './fake-service.ts';

/** Answers to token requests that come from a cache, are too long, or do not come at all. */
describe('getToken, after an odd answer,', () => {
  it('believes no life beyond a day', async (t) => {
    for (const seconds of [86_401, 43_200_000, 8.64e15, 1e300]) {
      t.mock.timers.reset();
      const scene = startScene(t);
      scene.state.endsInSeconds = seconds;
      const { expiresAt } = await scene.source.getToken();
      assert.equal(expiresAt.getTime(), Date.now() + 86_400_000, String(seconds));
      scene.state.generation = 2;
      await scene.pass(86_400_000);
      assert.equal((await scene.source.getToken()).generation, 2);
    }
  });

  it('asks in another way, and at once, after a cache has answered with an expired token', async (t) => {
    const cache = new Map<string, Response>();
    const scene = startScene(t);
    const usual = scene.answer;
    scene.answer = async (asked) => {
      if (asked.method !== 'GET') return usual(asked);
      const answer = cache.get(asked.url.href) ?? tokenAnswer(scene.state);
      cache.set(asked.url.href, answer);
      return answer.clone();
    };
    await scene.source.getToken();
    await scene.pass(43_200_000);
    Object.assign(scene.state, { generation: 2 });
    assert.equal((await scene.source.getToken()).generation, 2);
    assert.match(scene.lines().join(' '), /^GET \/api\/token GET \/api\/token GET \/api\/token\?fresh=\S+$/);
  });

  it('forbids caches, and goes past one that answers a strict request all the time', async (t) => {
    const caches: unknown[] = [];
    const cache = new Map<string, Promise<Response>>();
    const scene = startScene(t, {
      waitMs: 0,
      fetch: async (input, init) => {
        caches.push(init?.cache);
        const url = input instanceof Request ? input.url : input.toString();
        const answer = cache.get(url) ?? Promise.resolve(tokenAnswer(scene.state));
        cache.set(url, answer);
        return (await answer).clone();
      },
    });
    scene.state.endsInSeconds = 1_000;
    await scene.source.getToken({ minTtlSeconds: 1_000 });
    for (let count = 0; count < 10; count += 1) {
      await scene.pass(1_000);
      scene.state.endsInSeconds -= 1;
      await scene.source.getToken({ minTtlSeconds: 1_000 }).catch(() => undefined);
    }
    const { expiresAt } = await scene.source.getToken();
    assert.ok(expiresAt.getTime() <= Date.now() + 990_000);
    assert.deepEqual(new Set(caches), new Set(['no-store']));
  });

  it('reads no more than 256 KiB of an answer', async (t) => {
    const big = 'x'.repeat(300_000);
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const withoutStream = { status: 200, headers: new Headers(), text: () => Promise.resolve(big) };
    for (const answer of [new Response(big), new Response(endless), withoutStream]) {
      t.mock.timers.reset();
      const scene = startScene(t, { fetch: () => Promise.resolve(Object(answer)) });
      await assert.rejects(scene.source.getToken(), { code: 'bad_answer', status: 200 });
    }
    assert.ok(pulled < 10, String(pulled));
  });

  it('reports a programming error in fetch as such, with its cause, and at once', async (t) => {
    const undefinedAnswer: unknown = undefined;
    for (const broken of [
      () => Promise.reject(new TypeError('options is not iterable')),
      () => {
        throw new TypeError('x is not a function');
      },
      () => Promise.reject(new ReferenceError('x is not defined')),
      () => Promise.resolve(Object(undefinedAnswer)),
    ]) {
      t.mock.timers.reset();
      const scene = startScene(t, { fetch: broken });
      await assert.rejects(
        scene.source.getToken(),
        (error) =>
          error instanceof TokenSourceError &&
          error.code === 'broken_fetch' &&
          (error.cause instanceof TypeError || error.cause instanceof ReferenceError),
      );
    }
  });

  it('reports that there is no global fetch', async (t) => {
    const { fetch } = globalThis;
    t.after(() => Object.assign(globalThis, { fetch }));
    Reflect.deleteProperty(globalThis, 'fetch');
    const scene = startScene(t, { fetch: undefined });
    await assert.rejects(scene.source.getToken(), { code: 'broken_fetch' });
  });

  it('tries again after a failed connection, however a runtime names it', async (t) => {
    for (const failure of [
      Object.assign(new TypeError('whatever'), { cause: { code: 'ECONNREFUSED' } }),
      new TypeError('fetch failed'),
      new TypeError('Failed to fetch'),
      new TypeError('NetworkError when attempting to fetch resource.'),
      new TypeError('Load failed'),
      new TypeError('terminated'),
      new TypeError('error sending request for url (https://keeper.example/)'),
      new Error('socket hang up'),
    ]) {
      t.mock.timers.reset();
      const scene = startScene(t);
      scene.answer = () => (scene.asked.length > 1 ? undefined : failure);
      const token = scene.source.getToken();
      await scene.pass(1_000);
      assert.equal((await token).generation, 1, failure.message);
    }
  });
});
