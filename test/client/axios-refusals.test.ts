import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { Agent, createServer as createHttpsServer } from 'node:https';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, it } from 'node:test';
import { toFormData } from 'axios';
import { createCertificate } from '../../src/local/simulator/certificate.ts';
import { createAxiosScene, NO_KEY, OTHER_401, VARIANTS } from './axios-scene.ts';

/** Which answers are about the token, what the caller reads of them, and which requests are repeated. */
for (const variant of VARIANTS) {
  describe(`a 401 to an instance of ${variant.name}`, { timeout: 30_000 }, () => {
    const { received, urls, state, attached, start, stop, reset } = createAxiosScene(variant);
    const isFetch = variant.adapter === 'fetch';
    before(start);
    after(stop);
    beforeEach(reset);

    const responseTypes = ['text', 'json', 'arraybuffer', 'stream', ...(isFetch ? (['blob'] as const) : [])] as const;
    const any = { validateStatus: () => true };

    it('about the subscription key is not reported, and can be read, whatever the type of the response', async () => {
      for (const responseType of responseTypes) {
        for (const path of ['/no-key', '/no-key-gzip']) {
          const { status, data } = await attached(any).get(path, { responseType });
          assert.deepEqual([status, await readAll(data)], [401, NO_KEY], `${responseType} ${path}`);
        }
      }
      assert.equal(state.reports, 0);
    });

    it('about the token is reported, and can be read when there is no other token', async () => {
      for (const responseType of responseTypes) {
        state.reports = 0;
        state.generation = 5; // the service has no token after this one
        const { status, data } = await attached(any, { waitMs: 400 }).get('/slow-401', { responseType });
        assert.deepEqual([status, await readAll(data), state.reports], [401, OTHER_401, 1], responseType);
      }
    });

    it('does not come from credentials in the configuration or in the URL: the bearer wins', async () => {
      const { port } = new URL(urls.quartile);
      const baseURL = `http://user:secret@127.0.0.1:${port}`;
      const auth = { username: 'user', password: 'secret' };
      await attached({ auth }).get('/orders');
      await attached({ baseURL }).get('/orders', { params: { a: "x y'" } });
      await attached().get(`${baseURL}/orders`, { auth });
      assert.deepEqual(
        received.map(({ headers }) => headers.authorization),
        ['Bearer token-1', 'Bearer token-1', 'Bearer token-1'],
      );
      assert.match(received[1]?.path ?? '', /^\/orders\?a=x[+]y('|%27)$/);
      assert.equal(state.reports, 0);
    });

    it('repeats a form that axios made of an object', async () => {
      const multipart = { headers: { 'Content-Type': 'multipart/form-data' } };
      for (const send of [
        () => attached().postForm('/f', { a: 1, b: ['x', 'y'] }),
        () => attached().post('/f', { a: 1, b: ['x', 'y'] }, multipart),
      ]) {
        reset();
        state.lowestAccepted = 2;
        assert.equal((await send()).status, 200);
        assert.equal(received.length, 2);
        for (const { headers, body } of received) {
          const boundary = /boundary=(.+)$/.exec(headers['content-type'] ?? '')?.[1];
          assert.ok(boundary && body.startsWith(`--${boundary}\r\n`) && body.endsWith(`--${boundary}--\r\n`), body);
          assert.match(body, /name="a"\r\n\r\n1\r\n[^]*name="b\[\]"\r\n\r\ny\r\n/);
        }
      }
    });

    if (!isFetch) {
      it('repeats a form of the package form-data, unless it contains a stream', async () => {
        for (const [value, count] of [
          [Buffer.from('bytes'), 2],
          [Readable.from(['stream']), 1],
        ] as const) {
          reset();
          state.lowestAccepted = 2;
          const form: { append(name: string, value: unknown, options: object): void } = Object(toFormData({}));
          form.append('file', value, { filename: 'a.txt' });
          const { status } = await attached(any).post('/f', form);
          assert.deepEqual([status, received.length], [count === 2 ? 200 : 401, count]);
          assert.match(received[0]?.body ?? '', /filename="a.txt"[^]*\r\n\r\n(bytes|stream)\r\n/);
        }
      });

      it('from a proxy that refuses to CONNECT is not reported', async (t) => {
        for (const status of [401, 407]) {
          const proxy = createServer((_, response) => response.writeHead(status).end());
          proxy.on('connect', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`));
          const port = await listen(proxy);
          t.after(() => proxy.close().closeAllConnections());
          // 1.0.0 reads `hostname`, which the types do not have.
          const address = { protocol: 'http:', host: '127.0.0.1', hostname: '127.0.0.1', port };
          const instance = attached({ ...any, proxy: address });
          assert.equal((await instance.get('https://quartile.example/')).status, status);
          assert.equal(state.reports, 0);
        }
      });

      it('from an https server is reported', async (t) => {
        const { key, cert } = createCertificate(['localhost']);
        const server = createHttpsServer({ key, cert }, ({ headers }, response) =>
          response.writeHead(headers.authorization === 'Bearer token-2' ? 200 : 401).end(),
        );
        const port = await listen(server);
        t.after(() => server.close().closeAllConnections());
        const instance = attached({ httpsAgent: new Agent({ ca: cert, keepAlive: true }) });
        assert.equal((await instance.get(`https://localhost:${port}/`)).status, 200);
        assert.equal(state.reports, 1);
      });
    }

    it('is not waited for beyond the timeout of the request', async () => {
      const never = () => new Promise<never>(() => undefined);
      const started = performance.now();
      await assert.rejects(attached({ timeout: 50 }, { fetch: never, timeoutMs: 500 }).get('/orders'), {
        code: 'timed_out',
      });
      assert.ok(performance.now() - started < 10_000);
      assert.equal(received.length, 0);
    });

    it('cannot come from a server that axios chose: a URL that cannot be parsed is refused', async () => {
      const { host } = new URL(urls.elsewhere);
      for (const options of [{}, { origins: [urls.quartile] }]) {
        for (const url of [`//${host}/x`, '/x', 'x', '', 'https://', 'http://[/x']) {
          await assert.rejects(attached({ baseURL: '' }, options).get(url), { code: 'wrong_target' }, url);
        }
      }
      assert.equal(received.length, 0);
    });
  });
}

async function readAll(data: unknown): Promise<string> {
  if (data instanceof Readable || data instanceof ReadableStream) return text(data);
  if (data instanceof Blob) return data.text();
  if (Buffer.isBuffer(data)) return data.toString();
  if (data instanceof ArrayBuffer) return Buffer.from(data).toString();
  return typeof data === 'string' ? data : JSON.stringify(data);
}

async function listen(server: Pick<Server, 'listen' | 'address'>): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
