import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type AxiosAdapter, isAxiosError } from 'axios';
import { VARIANTS, createAxiosScene } from './axios-scene.ts';

for (const variant of VARIANTS) {
  describe(`an instance of ${variant.name}`, { timeout: 30_000 }, () => {
    const { received, urls, state, attached, unattached, start, stop, reset } = createAxiosScene(variant);
    before(start);
    after(stop);
    beforeEach(reset);

    it('sends the bearer and the subscription key', async () => {
      await attached().get('/orders', { headers: { 'x-own': '1' } });
      const { headers } = received[0] ?? {};
      assert.deepEqual(
        [headers?.authorization, headers?.['subscription-key'], headers?.['x-own']],
        ['Bearer token-1', 'sub-key', '1'],
      );
    });

    it('reports a token that was refused, and repeats the request as it was', async () => {
      state.lowestAccepted = 2;
      const { status, data } = await attached().post('/orders', { a: 1 }, { params: { b: 2 } });
      assert.deepEqual([status, data], [200, '{"a":1}!']);
      assert.deepEqual(
        received.map(({ path, headers, body }) => [path, headers.authorization, body]),
        [1, 2].map((count) => ['/orders?b=2', `Bearer token-${count}`, '{"a":1}']),
      );
      assert.equal(state.reports, 1);
    });

    it('does so too if validateStatus accepts a 401', async () => {
      state.lowestAccepted = 2;
      const { status, data } = await attached({ validateStatus: () => true }).post('/orders', 'x');
      assert.deepEqual([status, data, received.length], [200, 'x!', 2]);
    });

    it('reports once for many requests', async () => {
      state.lowestAccepted = 2;
      const instance = attached();
      const answers = await Promise.all(Array.from({ length: 100 }, () => instance.get('/orders')));
      assert.ok(answers.every(({ status }) => status === 200));
      assert.equal(state.reports, 1);
    });

    it('frees the connection of a 401 that is a stream', async () => {
      state.lowestAccepted = 2;
      const { status } = await attached({ responseType: 'stream' }).get('/endless');
      assert.equal(status, 200);
      await state.left.promise;
    });

    it('returns what other interceptors make of an answer', async () => {
      for (const [unwrap, expected] of [
        [({ data }: { data: unknown }) => data, '!'],
        [() => null, null],
        [() => undefined, undefined],
      ] as const) {
        const { instance, attach } = unattached();
        instance.interceptors.response.use(Object(unwrap));
        attach();
        state.generation = 1;
        for (state.lowestAccepted of [1, 2]) assert.equal(await instance.get('/orders'), expected);
      }
    });

    it('fails with the second 401, and the first one of a stream', async () => {
      state.lowestAccepted = 99;
      await assert.rejects(attached().get('/orders'), isA401);
      assert.deepEqual([received.length, state.reports], [2, 1]);
      received.length = 0;
      await assert.rejects(attached().post('/orders', Readable.from(['x'])), isA401);
      assert.equal(received.length, 1);
    });

    const isFollowed = variant.adapter !== 'fetch';

    it(`follows ${isFollowed ? 'a redirect, with the bearer and the key to its own origin only' : 'no redirect'}`, async () => {
      for (const [path, target, own] of [
        ['/moved', '/there', undefined],
        ['/near', '/orders', 'Bearer token-1'],
      ] as const) {
        received.length = 0;
        const { status } = await attached({ validateStatus: () => true }).get(path);
        assert.deepEqual([status, received.length], isFollowed ? [200, 2] : [302, 1]);
        if (!isFollowed) continue;
        const { path: reached, headers } = received[1] ?? {};
        assert.deepEqual([reached, headers?.authorization], [target, own]);
        assert.equal(headers?.['subscription-key'], own && 'sub-key');
      }
    });

    it("obeys the caller's options for redirects, except about what they carry", async () => {
      let calls = 0;
      const beforeRedirect = ({ headers }: Record<string, unknown>) => {
        calls += 1;
        Object.assign(Object(headers), { 'Subscription-Key': 'sub-key' });
      };
      const instance = attached({ beforeRedirect, fetchOptions: { redirect: 'error' } });
      const answer = instance.get('/moved');
      if (isFollowed) assert.equal((await answer).status, 200);
      else await assert.rejects(answer, { code: 'ERR_NETWORK' });
      assert.equal(calls, isFollowed ? 1 : 0);
      assert.equal(received[1]?.headers['subscription-key'], undefined);
    });

    it('reports no token for a 401 of another origin after a redirect', async () => {
      await assert.rejects(attached().get('/moved-to-401'), isFollowed ? isA401 : { status: 302 });
      assert.deepEqual([received.length, state.reports], [isFollowed ? 2 : 1, 0]);
      await assert.rejects(attached().get('/401'), isA401);
      assert.equal(state.reports, 1);
    });

    it('reports no token for a 401 of its own origin after a redirect to another and back', async () => {
      await assert.rejects(attached().get('/round'), isFollowed ? isA401 : { status: 302 });
      assert.equal(received.at(-1)?.headers.authorization, isFollowed ? undefined : 'Bearer token-1');
      assert.deepEqual([received.length, state.reports], [isFollowed ? 3 : 1, 0]);
    });

    it('reports no token for a 401 after a browser followed a redirect to another origin', async () => {
      for (const [responseURL, reports] of [
        ['https://elsewhere.example/401', 0],
        [`${urls.quartile}/401`, 1],
      ] as const) {
        const answer = { status: 401, statusText: '', headers: {}, data: '', request: { responseURL } };
        const browser: AxiosAdapter = (config) => Promise.resolve({ ...answer, config });
        assert.equal((await attached({ adapter: browser }).get('/')).status, 401);
        assert.equal(state.reports, reports);
      }
    });

    it('sends nothing to the service itself', async () => {
      const instance = attached({ baseURL: 'https://keeper.example/api' });
      await assert.rejects(instance.get('/token'), { code: 'wrong_target' });
      await assert.rejects(attached().get('https://keeper.example/api/token'), { code: 'wrong_target' });
    });

    it('sends nothing to an origin that is not in origins', async () => {
      const instance = attached({}, { origins: [urls.quartile] });
      assert.equal((await instance.get('/orders')).status, 200);
      await assert.rejects(instance.get(`${urls.elsewhere}/there`), { code: 'wrong_target' });
      assert.equal(received.length, 1);
    });

    function isA401(error: unknown): boolean {
      return isAxiosError(error) && error.response?.status === 401;
    }
  });
}
