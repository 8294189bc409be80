import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { findFreePort } from '../../src/local/ports.ts';
import { newRow } from '../../src/rotation/row-changes.ts';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
import { StoreError, type TokenRow } from '../../src/store/token-store.ts';
import { RING } from './stored-entity.ts';
import { testTokenStoreContract } from './token-store-contract.ts';

describe('the token store in Azure Table Storage', () => {
  let azurite: Azurite;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());

  const open = async (tableName = `t${randomUUID().replaceAll('-', '')}`) => {
    const { connectionString } = azurite;
    const table = await openTable({ kind: 'connection-string', connectionString }, tableName);
    return {
      table,
      store: createAzureTableStore(table, RING),
      again: async () => (await open(tableName)).store,
    };
  };

  testTokenStoreContract(() => open());

  it('creates the table with the first row, and not by reading', async () => {
    const { table, store } = await open();
    assert.equal(await store.read('default'), undefined);
    await assert.rejects(table.getEntity('default', 'token'), /TableNotFound/);
    assert.equal((await store.write(newRow('default', { writeId: 'w', nowMs: 0 }), undefined)).result, 'written');
  });

  it('keeps the columns of the tutorial for show', async () => {
    const { table, store } = await open();
    await store.write(newRow('default', { writeId: 'w', nowMs: 0 }), undefined);
    const entity = await table.getEntity('default', 'token');
    assert.equal(entity.updating, false);
    assert.equal(entity.createdAt, '1970-01-01T00:00:00.000Z');
    assert.equal(entity.updatedAt, '1970-01-01T00:00:00.000Z');
    assert.equal(entity.generation, 0);
  });
});

describe('a table storage that is out of reach', () => {
  const openUnreachable = async () => {
    const port = await findFreePort();
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:${port}/a`;
    const table = await openTable({ kind: 'connection-string', connectionString }, 'tokens');
    return createAzureTableStore(table, RING);
  };

  it('is not taken for an empty one', async () => {
    const store = await openUnreachable();
    await assert.rejects(
      store.read('default'),
      (error) => error instanceof StoreError && error.code === 'store_unreachable',
    );
  });

  it('leaves the outcome of a write unknown', async () => {
    const store = await openUnreachable();
    const write = await store.write(newRow('default', { writeId: 'w', nowMs: 0 }), undefined);
    assert.deepEqual(write, { result: 'unknown', code: 'ECONNREFUSED' });
  });
});

describe('a table storage that misbehaves', () => {
  /** A storage service that answers every request with this status, or never. */
  async function openAnswering(status: number | 'never') {
    const requests: string[] = [];
    let breaks = false;
    const server = createServer((request, response) => {
      requests.push(`${request.method}`);
      if (breaks) {
        breaks = false;
        request.socket.destroy();
        return;
      }
      if (status === 'never') return;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ 'odata.error': { code: 'store_refused', message: { value: 'secret' } } }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const endpoint = `TableEndpoint=http://127.0.0.1:${port}/a`;
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;${endpoint}`;
    const table = await openTable({ kind: 'connection-string', connectionString }, 'tokens');
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    const breakNext = () => (breaks = true);
    const patient = createAzureTableStore(table, RING);
    const timeoutMs = status === 'never' ? 200 : 60_000;
    return {
      store: {
        read: (account: string) => patient.read(account, timeoutMs),
        write: (row: TokenRow, etag: string | undefined) => patient.write(row, etag, timeoutMs),
      },
      requests,
      breakNext,
      close,
    };
  }
  const row = newRow('default', { writeId: 'w', nowMs: 0 });

  it('is given up when it does not answer in time', async () => {
    const { store, close } = await openAnswering('never');
    await assert.rejects(
      store.read('default'),
      (error) => error instanceof StoreError && error.code === 'store_timed_out',
    );
    assert.deepEqual(await store.write(row, '"e"'), { result: 'unknown', code: 'AbortError' });
    close();
  });

  for (const status of [500, 503, 429, 408]) {
    it(`leaves the outcome of a write unknown, and is asked once: ${status}`, async () => {
      const { store, requests, close } = await openAnswering(status);
      assert.equal((await store.write(row, '"e"')).result, 'unknown');
      await assert.rejects(store.read('default'), StoreError);
      assert.deepEqual(requests, ['PUT', 'GET']);
      close();
    });
  }

  it('is read once more where the connection breaks', async () => {
    const { store, requests, breakNext, close } = await openAnswering(500);
    breakNext();
    await assert.rejects(
      store.read('default'),
      (error) => error instanceof StoreError && error.code === 'store_refused',
    );
    assert.deepEqual(requests, ['GET', 'GET']);
    close();
  });

  it('refuses a write for good, and its own words stay out of ours', async () => {
    const { store, close } = await openAnswering(403);
    await assert.rejects(
      store.write(row, '"e"'),
      (error) => error instanceof StoreError && error.code === 'store_refused' && !error.message.includes('secret'),
    );
    close();
  });
});
