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
    const again = async () => (await open(tableName)).store;
    return { table, store: createAzureCallerStore(table, TIMEOUT_MS), again };
  };

  testCallerStoreContract(() => open());

  it('is created by the first write, not by reading', async () => {
    const { table, store } = await open();
    await store.list();
    await assert.rejects(table.getEntity('caller', 'worker'), /TableNotFound/);
    assert.equal((await store.writeFailures('slot-0001', [], undefined)).result, 'written');
  });

  it('holds times that people can read, and no secret', async () => {
    const { table, store } = await open();
    await store.write(caller({ createdAtMs: 0 }), undefined);
    await store.writeFailures('own-worker', [0], undefined);
    const row = await table.getEntity('caller', 'worker');
    assert.equal(row.createdAt, '1970-01-01T00:00:00.000Z');
    assert.equal((await table.getEntity('failures', 'own-worker')).failedAt, '["1970-01-01T00:00:00.000Z"]');
  });

  it('tells damaged rows apart, and lists the others all the same', async () => {
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

  it('takes no row for a caller whose key is no name', async () => {
    const { table, store } = await open();
    await store.write(caller(), undefined);
    const row = await table.getEntity('caller', 'worker');
    for (const rowKey of ['-hash', 'Worker', 'wörker'])
      await table.createEntity({ ...row, partitionKey: 'caller', rowKey });
    assert.equal(await store.read('-hash'), 'damaged');
    assert.deepEqual(await store.list(), { callers: [caller()], damaged: ['-hash', 'Worker', 'wörker'] });
  });

  it('takes damaged failures, and a damaged last login, for none', async () => {
    const { table, store } = await open();
    await store.write(caller(), undefined);
    await table.updateEntity({ partitionKey: 'caller', rowKey: 'worker', lastLoginAt: 'soon' }, 'Merge');
    assert.deepEqual((await store.list()).callers, [caller()]);
    await store.writeFailures('own-worker', [0], undefined);
    await table.updateEntity({ partitionKey: 'failures', rowKey: 'own-worker', failedAt: '[7' }, 'Merge');
    assert.deepEqual((await store.readFailures('own-worker')).timesMs, []);
  });
});

describe("a callers' table that is out of reach", () => {
  it('is not taken for an empty one', async () => {
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
    await assert.rejects(store.readFailures('own-worker'), refused);
    await assert.rejects(store.forgetFailures('own-worker'), refused);
    assert.deepEqual(await store.write(caller(), undefined), { result: 'unknown', code: 'store_unreachable' });
  });
});
