import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { isAxiosError } from 'axios';
import { VARIANTS, createAxiosScene } from './axios-scene.ts';
import { tokenAnswer } from './fake-service.ts';

/** Interceptors, transformations and options of the caller's own, attached before or after us. */
for (const variant of VARIANTS) {
  describe(`what is attached to an instance of ${variant.name}`, { timeout: 30_000 }, () => {
    const { received, urls, state, attached, unattached, start, stop, reset } = createAxiosScene(variant);
    before(start);
    after(stop);
    beforeEach(reset);

    const paths = () => received.map(({ path }) => path);

    it('sees no 401 of a request that is repeated, and each answer once, in either order of attachment', async () => {
      for (const isFirst of [true, false]) {
        for (const validateStatus of [undefined, () => true]) {
          reset();
          state.lowestAccepted = 2;
          const { instance, attach } = unattached(validateStatus && { validateStatus });
          if (!isFirst) attach();
          const seen: unknown[] = [];
          const unwrap = ({ status, data }: { status: number; data: unknown }) => {
            seen.push(status);
            return data;
          };
          instance.interceptors.response.use(Object(unwrap), () => Promise.reject(new Error('mine')));
          if (isFirst) attach();
          assert.equal(await instance.post('/orders', 'x'), 'x!');
          assert.deepEqual([seen, state.reports, received.length], [[200], 1, 2]);
        }
      }
    });

    it('transforms a body once, and no answer that is dropped', async () => {
      state.lowestAccepted = 2;
      const instance = attached({
        transformRequest: [(data: unknown) => `<${String(data)}>`],
        transformResponse: [
          (data: unknown, _: unknown, status?: number) => {
            if (status === 401) throw new Error('not for a 401');
            return `(${String(data)})`;
          },
        ],
      });
      const { data } = await instance.post('/orders', 'x');
      assert.equal(data, '(<x>!)');
      assert.deepEqual(
        received.map(({ body, headers }) => [body, headers['content-length']]),
        [1, 2].map(() => ['<x>', '3']),
      );
    });

    it('changes the URL of a request once', async () => {
      state.lowestAccepted = 2;
      const { instance, attach } = unattached();
      const prefix = '/v1';
      instance.interceptors.request.use((config) => Object.assign(config, { url: `${prefix}${config.url}` }));
      attach();
      instance.interceptors.request.use((config) => Object.assign(config, { url: `/v2${config.url}` }));
      await instance.get('/orders');
      assert.deepEqual(paths(), ['/v1/v2/orders', '/v1/v2/orders']);
    });

    it('cannot lead a request to an origin that is not in origins', async () => {
      const { instance, attach } = unattached({}, { origins: [urls.quartile] });
      instance.interceptors.request.use((config) => Object.assign(config, { baseURL: urls.elsewhere }));
      attach();
      await assert.rejects(instance.get('/there'), { code: 'wrong_target' });
      assert.deepEqual(received, []);
    });

    it('may send a configuration again, which is authorized and repeated again', async () => {
      const { instance, attach } = unattached();
      const own = instance.defaults.adapter;
      attach();
      state.lowestAccepted = 2;
      const { config } = await instance.get('/orders');
      assert.equal(config.adapter, own);
      state.lowestAccepted = 3;
      assert.equal((await instance.request({ ...config })).status, 200);
      assert.deepEqual([state.reports, received.length], [2, 4]);
    });

    it('finds no token in an answer or error', async () => {
      const instance = attached();
      const { config } = await instance.get('/orders', { headers: { authorization: 'mine' } });
      assert.equal(received[0]?.headers.authorization, 'Bearer token-1');
      assert.equal(config.headers.get('Authorization'), 'mine');
      state.lowestAccepted = 99;
      await assert.rejects(
        instance.get('/orders'),
        (error) =>
          isAxiosError(error) &&
          error.config === error.response?.config &&
          !/token-\d|sub-key/.test(JSON.stringify(error)),
      );
    });

    it('decides about the other headers: a removed default stays removed', async () => {
      const { instance, attach } = unattached({ headers: { 'x-default': '1', 'x-kept': '1', 'User-Agent': 'mine' } });
      instance.interceptors.request.use((config) => {
        config.headers.delete('x-default');
        config.headers.set('Accept', 'text/csv');
        return config;
      });
      attach();
      await instance.get('/orders');
      const { headers } = received[0] ?? {};
      const names = ['x-default', 'x-kept', 'user-agent', 'accept'];
      assert.deepEqual(
        names.map((name) => headers?.[name]),
        [undefined, '1', 'mine', 'text/csv'],
      );
    });

    it('keeps the default headers: those of axios, of the instance, and of the method', async () => {
      const { instance, attach } = unattached({ headers: { 'x-own': '1' } });
      Object.assign(instance.defaults.headers.common, { 'X-Common': '2' });
      Object.assign(instance.defaults.headers.put, { 'x-put': '3' });
      attach();
      await instance.put('/orders', { a: 1 });
      const { headers, body } = received[0] ?? {};
      const names = ['accept', 'content-type', 'x-own', 'x-common', 'x-put'];
      assert.deepEqual(
        names.map((name) => headers?.[name]),
        ['application/json, text/plain, */*', 'application/json', '1', '2', '3'],
      );
      assert.equal(body, '{"a":1}');
    });

    it('cancels a wait for a token at once, by signal and by cancelToken', async () => {
      const leaving = new AbortController();
      const { CancelToken, isCancel } = variant.axios;
      const source = CancelToken.source();
      for (const [config, cancel] of [
        [{ signal: leaving.signal }, () => leaving.abort()],
        [{ cancelToken: source.token }, () => source.cancel('enough')],
      ] as const) {
        const isAsked = Promise.withResolvers<unknown>();
        const fetch = () => {
          isAsked.resolve(undefined);
          return new Promise<never>(() => undefined);
        };
        const answer = attached({}, { fetch, timeoutMs: 20_000, waitMs: 20_000 }).get('/orders', config);
        const startedMs = performance.now();
        await isAsked.promise;
        cancel();
        await assert.rejects(answer, isCancel);
        assert.ok(performance.now() - startedMs < 5_000);
      }
      assert.deepEqual(received, []);
    });

    it('cancels a wait for another token', async () => {
      state.lowestAccepted = 99;
      const leaving = new AbortController();
      const instance = attached(
        {},
        {
          fetch: async (_, init) => {
            if (init?.method !== 'POST') return tokenAnswer({ generation: 1, endsInSeconds: 43_200 });
            leaving.abort();
            return new Promise<never>(() => undefined);
          },
        },
      );
      await assert.rejects(instance.get('/orders', { signal: leaving.signal }), variant.axios.isCancel);
      assert.equal(received.length, 1);
    });

    it('is an instance of axios, or attachTo throws', () => {
      const { source } = unattached();
      const use = () => undefined;
      assert.throws(() => source.attachTo({ interceptors: { request: { use } } }), TypeError);
    });
  });
}
