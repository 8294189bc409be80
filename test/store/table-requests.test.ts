import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { findFreePort } from '../../src/local/ports.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import { withTimer } from '../../src/store/table-requests.ts';
import { StoreError, type StoreErrorCode, type TokenStore } from '../../src/store/token-store.ts';
import { tokenRow } from '../fixtures.ts';
import { RING } from './stored-entity.ts';

const row = tokenRow({ history: [{ atMs: 0, trigger: 'timer', kind: 'login', outcome: 'done', ms: 1 }] });

/** A status; `never` for no answer; `break` to close the connection. */
type Answer = number | 'never' | 'break';

/** A storage service that gives these answers in order, the last one again and again. */
async function openAnswering(t: TestContext, ...answers: Answer[]) {
  const requests: { method: string | undefined; body: Promise<unknown> }[] = [];
  const bodyOf = async (request: IncomingMessage) => (request.method === 'PUT' ? json(request) : undefined);
  const server = createServer((request, response) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push({ method: request.method, body: bodyOf(request) });
    if (answer === 'break') request.socket.destroy();
    if (typeof answer !== 'number') return;
    response.writeHead(answer, { 'content-type': 'application/json', etag: 'W/"next"' });
    response.end(answer < 300 ? '' : '{"odata.error":{"code":"ItsCode","message":{"value":"its words"}}}');
  }).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address);
  const methods = () => requests.map(({ method }) => method);
  return { store: await openStore(address.port), requests, methods };
}

async function openStore(port: number): Promise<TokenStore> {
  const endpoint = `TableEndpoint=http://127.0.0.1:${port}/a`;
  const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;${endpoint}`;
  const table = await openTable({ kind: 'connection-string', connectionString }, 'tokens');
  return createAzureTableStore(table, RING);
}

function failsAs(code: StoreErrorCode) {
  return (error: unknown) =>
    error instanceof StoreError && error.code === code && !`${error.message} ${error.detail}`.includes('words');
}

/** A busy machine may take long to answer. */
const LONG_MS = 60_000;

describe('a table that cannot be used', () => {
  it('is not reported as empty if nothing listens there, and a write to it has an unknown outcome', async () => {
    const store = await openStore(await findFreePort());
    await assert.rejects(store.read('default', LONG_MS), failsAs('store_unreachable'));
    assert.deepEqual(await store.write(row, undefined, LONG_MS), { result: 'unknown', code: 'store_unreachable' });
  });

  it('is given up if it does not answer in time', async (t) => {
    const { store } = await openAnswering(t, 'never');
    await assert.rejects(store.read('default', 50), failsAs('store_timed_out'));
    assert.deepEqual(await store.write(row, '"e"', 50), { result: 'unknown', code: 'store_timed_out' });
  });

  for (const status of [500, 503, 429, 408]) {
    it(`leaves the outcome of a write unknown, and receives each request once: ${status}`, async (t) => {
      const { store, methods } = await openAnswering(t, status);
      assert.deepEqual(await store.write(row, '"e"', LONG_MS), { result: 'unknown', code: 'store_failed' });
      await assert.rejects(store.read('default', LONG_MS), failsAs('store_failed'));
      assert.deepEqual(methods(), ['PUT', 'GET']);
    });
  }

  for (const status of [401, 403]) {
    it(`denies access: ${status}`, async (t) => {
      const { store, methods } = await openAnswering(t, status);
      await assert.rejects(store.write(row, '"e"', LONG_MS), failsAs('store_access_denied'));
      await assert.rejects(store.read('default', LONG_MS), failsAs('store_access_denied'));
      assert.deepEqual(methods(), ['PUT', 'GET']);
    });
  }

  it('receives a read again if the connection broke, and a write not', async (t) => {
    const { store, methods } = await openAnswering(t, 'break', 500, 'break');
    await assert.rejects(store.read('default', LONG_MS), failsAs('store_failed'));
    assert.deepEqual(await store.write(row, '"e"', LONG_MS), { result: 'unknown', code: 'store_unreachable' });
    assert.deepEqual(methods(), ['GET', 'GET', 'PUT']);
  });
});

describe('a write that the table refuses for its size or form', () => {
  for (const status of [400, 413]) {
    it(`is repeated with the pair and the columns that decide: ${status}`, async (t) => {
      const { store, requests } = await openAnswering(t, status, 204);
      const write = await store.write({ ...row, lastFailureCode: 'http_500' }, '"e"', LONG_MS);
      assert.deepEqual(write, { result: 'written', etag: 'W/"next"' });
      const [whole, essential] = await Promise.all(requests.map(({ body }) => body));
      assert.ok(typeof whole === 'object' && typeof essential === 'object' && whole && essential);
      const dropped = Object.keys(whole).filter((name) => !(name in essential));
      assert.deepEqual(dropped.toSorted(), ['history', 'jsonData', 'lastFailureCode']);
    });
  }

  it('fails if it is refused again', async (t) => {
    const { store, methods } = await openAnswering(t, 400);
    await assert.rejects(store.write(row, '"e"', LONG_MS), failsAs('store_refused'));
    assert.deepEqual(methods(), ['PUT', 'PUT']);
  });
});

describe('a request with a timer', () => {
  it('ends when the time is over, even if what it waits for ignores its signal', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const signals: AbortSignal[] = [];
    const request = withTimer(5_000, (abortSignal) => {
      signals.push(abortSignal);
      return new Promise<never>(() => undefined);
    });
    const failed = assert.rejects(request, failsAs('store_timed_out'));
    t.mock.timers.tick(4_999);
    assert.equal(signals[0]?.aborted, false);
    t.mock.timers.tick(1);
    await failed;
    assert.equal(signals[0]?.aborted, true);
  });

  it('fails as the request fails, and ends its timer', async () => {
    const countTimers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = countTimers();
    await assert.rejects(
      withTimer(LONG_MS, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.equal(countTimers(), before);
  });
});
