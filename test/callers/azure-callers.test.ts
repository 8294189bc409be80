import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { createAzureCallerStore } from '../../src/callers/azure-callers.ts';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { findFreePort } from '../../src/local/ports.ts';
import { openTable } from '../../src/store/azure-table.ts';
import { StoreError } from '../../src/store/token-store.ts';
import { caller } from '../fixtures.ts';
import { testCallerStoreContract } from './caller-store-contract.ts';

const TIMEOUT_MS = 5_000;

describe("the callers' table in Azure Table Storage", () => {
  let azurite: Azurite;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite.stop());

  const open = async (tableName = `c${randomUUID().replaceAll('-', '')}`) => {
    const { connectionString } = azurite;
    const table = await openTable({ kind: 'connection-string', connectionString }, tableName);
    return { table, store: createAzureCallerStore(table, TIMEOUT_MS) };
  };

  testCallerStoreContract(() => open());

  it('is created by the first write, not by reading', async () => {
    const { table, store } = await open();
    await store.list();
    await assert.rejects(table.getEntity('caller', 'worker'), /TableNotFound/);
    assert.equal((await store.write(caller(), undefined)).result, 'written');
  });

  it('contains times that people can read', async () => {
    const { table, store } = await open();
    await store.write(caller({ createdAtMs: 0 }), undefined);
    assert.equal((await table.getEntity('caller', 'worker')).createdAt, '1970-01-01T00:00:00.000Z');
  });

  it('recognizes damaged rows, and lists the others', async () => {
    for (const damage of [{ disabled: 'no' }, { secretHash: '' }, { credentialId: 7 }, { createdAt: 'once' }]) {
      const { table, store } = await open();
      await store.write(caller(), undefined);
      await table.updateEntity({ partitionKey: 'caller', rowKey: 'worker', ...damage }, 'Merge');
      const another = caller({ name: 'another' });
      await store.write(another, undefined);
      assert.equal(await store.read('worker'), 'damaged');
      assert.deepEqual(await store.list(), { callers: [another], damaged: ['worker'] });
      assert.equal(await store.remove('worker'), true);
    }
  });

  it('reads no caller from a row whose key is not a valid name', async () => {
    const { table, store } = await open();
    await store.write(caller(), undefined);
    const row = await table.getEntity('caller', 'worker');
    for (const rowKey of ['-hash', 'Worker', 'wörker'])
      await table.createEntity({ ...row, partitionKey: 'caller', rowKey });
    assert.equal(await store.read('-hash'), 'damaged');
    assert.deepEqual(await store.list(), { callers: [caller()], damaged: ['-hash', 'Worker', 'wörker'] });
  });

  it('ignores a damaged last login', async () => {
    const { table, store } = await open();
    await store.write(caller(), undefined);
    await table.updateEntity({ partitionKey: 'caller', rowKey: 'worker', lastLoginAt: 'soon' }, 'Merge');
    assert.deepEqual((await store.list()).callers, [caller()]);
  });
});

describe("a callers' table that cannot be reached", () => {
  it('does not count as empty', async () => {
    const port = await findFreePort();
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://127.0.0.1:${port}/a`;
    const store = createAzureCallerStore(
      await openTable({ kind: 'connection-string', connectionString }, 'callers'),
      TIMEOUT_MS,
    );
    const refused = (error: unknown) => error instanceof StoreError && error.code === 'store_unreachable';
    await assert.rejects(store.read('worker'), refused);
    await assert.rejects(store.list(), refused);
    await assert.rejects(store.remove('worker'), refused);
    assert.deepEqual(await store.write(caller(), undefined), { result: 'unknown', code: 'store_unreachable' });
  });

  it('is given up in time if the storage library ignores the signal', { timeout: 10_000 }, async () => {
    const table = await openTable(
      { kind: 'connection-string', connectionString: 'UseDevelopmentStorage=true' },
      'callers',
    );
    const never = () => new Promise<never>(() => {});
    Object.assign(table, { getEntity: never, createEntity: never, deleteEntity: never });
    const store = createAzureCallerStore(table, 1);
    const timedOut = (error: unknown) => error instanceof StoreError && error.code === 'store_timed_out';
    await assert.rejects(store.read('worker'), timedOut);
    await assert.rejects(store.remove('worker'), timedOut);
    assert.deepEqual(await store.write(caller(), undefined), { result: 'unknown', code: 'store_timed_out' });
  });
});
