import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { newRow } from '../../src/rotation/row-changes.ts';
import { createAzureTableStore, openTable } from '../../src/store/azure-table.ts';
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

  it('creates the table with the first row, and not with a read', async () => {
    const { table, store } = await open();
    assert.equal(await store.read('default'), undefined);
    await assert.rejects(table.getEntity('default', 'token'), /TableNotFound/);
    assert.equal((await store.write(newRow('default', { writeId: 'w', nowMs: 0 }), undefined)).result, 'written');
  });

  it('keeps the columns of the tutorial readable', async () => {
    const { table, store } = await open();
    await store.write(newRow('default', { writeId: 'w', nowMs: 0 }), undefined);
    const entity = await table.getEntity('default', 'token');
    assert.equal(entity.updating, false);
    assert.equal(entity.createdAt, '1970-01-01T00:00:00.000Z');
    assert.equal(entity.updatedAt, '1970-01-01T00:00:00.000Z');
    assert.equal(entity.generation, 0);
  });
});
