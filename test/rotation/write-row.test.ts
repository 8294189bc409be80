import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { writeRow } from '../../src/rotation/write-row.ts';
import { StoreError, type StoredRow, type TokenStore, type WriteResult } from '../../src/store/token-store.ts';
import { tokenRow } from '../fixtures.ts';

const row = tokenRow({ writeId: 'mine' });
const mine: StoredRow = { row, etag: 'etag-2' };
const theirs: StoredRow = { row: tokenRow({ writeId: 'theirs' }), etag: 'etag-3' };
const conflict: WriteResult = { result: 'conflict' };
const unknown: WriteResult = { result: 'unknown', code: 'store_timed_out' };
const unreadable = new StoreError('The token table cannot be read', 'store_failed');

/** A store with one answer to the write, and one to the read after it, if there is one. */
function scriptedStore(script: { write: WriteResult | Error; read?: StoredRow | Error | 'no row' }) {
  const calls: string[] = [];
  const store: TokenStore = {
    async write(written, etag) {
      calls.push(`write ${written.writeId} over ${etag}`);
      if (script.write instanceof Error) throw script.write;
      return script.write;
    },
    async read(account) {
      calls.push(`read ${account}`);
      assert.ok(script.read, 'nothing is to be read');
      if (script.read instanceof Error) throw script.read;
      return script.read === 'no row' ? undefined : script.read;
    },
  };
  return { store, calls };
}

describe('writing a row', () => {
  it('that succeeds takes one call, and returns the row with its new ETag', async () => {
    const { store, calls } = scriptedStore({ write: { result: 'written', etag: 'etag-2' } });
    assert.deepEqual(await writeRow(store, row, 'etag-1'), { result: 'written', stored: mine });
    assert.deepEqual(calls, ['write mine over etag-1']);
  });

  it('inserts it if there was none', async () => {
    const { store, calls } = scriptedStore({ write: { result: 'written', etag: 'etag-2' } });
    await writeRow(store, row, undefined);
    assert.deepEqual(calls, ['write mine over undefined']);
  });

  for (const write of [conflict, unknown]) {
    const kind = write.result;
    it(`has succeeded after a ${kind} outcome if the row has its writeId`, async () => {
      const { store, calls } = scriptedStore({ write, read: mine });
      assert.deepEqual(await writeRow(store, row, 'etag-1'), { result: 'written', stored: mine });
      assert.deepEqual(calls, ['write mine over etag-1', 'read default']);
    });

    it(`is lost after a ${kind} outcome if the row is another one`, async () => {
      const { store, calls } = scriptedStore({ write, read: theirs });
      assert.deepEqual(await writeRow(store, row, 'etag-1'), { result: 'lost', found: theirs });
      assert.equal(calls.length, 2, 'nothing is written twice here');
    });

    it(`is lost after a ${kind} outcome if the row was deleted`, async () => {
      const { store } = scriptedStore({ write, read: 'no row' });
      assert.deepEqual(await writeRow(store, row, 'etag-1'), { result: 'lost', found: undefined });
    });
  }

  it('is lost if an insert met a row that was deleted since', async () => {
    const { store } = scriptedStore({ write: conflict, read: 'no row' });
    assert.deepEqual(await writeRow(store, row, undefined), { result: 'lost', found: undefined });
  });

  it('stays unknown if nothing has changed: a slow store may still write it', async () => {
    const { store } = scriptedStore({ write: unknown, read: { ...theirs, etag: 'etag-1' } });
    assert.deepEqual(await writeRow(store, row, 'etag-1'), { result: 'unknown', code: 'store_timed_out' });
    const empty = scriptedStore({ write: unknown, read: 'no row' });
    assert.deepEqual(await writeRow(empty.store, row, undefined), { result: 'unknown', code: 'store_timed_out' });
  });

  it('stays unknown if the row cannot be read either', async () => {
    const afterUnknown = scriptedStore({ write: unknown, read: unreadable });
    const outcome = await writeRow(afterUnknown.store, row, 'etag-1');
    assert.deepEqual(outcome, { result: 'unknown', code: 'store_timed_out' });
    const afterConflict = scriptedStore({ write: conflict, read: unreadable });
    assert.deepEqual(await writeRow(afterConflict.store, row, 'etag-1'), { result: 'unknown', code: 'store_failed' });
  });

  it('is unknown, not thrown, if the store refuses it', async () => {
    const { store } = scriptedStore({
      write: new StoreError('The token table refused a write', 'store_access_denied'),
    });
    assert.deepEqual(await writeRow(store, row, 'etag-1'), { result: 'unknown', code: 'store_access_denied' });
  });

  it('throws what is not a failure of the store', async () => {
    const bug = new TypeError('a bug');
    await assert.rejects(writeRow(scriptedStore({ write: bug }).store, row, 'etag-1'), bug);
    await assert.rejects(writeRow(scriptedStore({ write: conflict, read: bug }).store, row, 'etag-1'), bug);
  });
});
