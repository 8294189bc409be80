import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { CallerStore } from '../../src/callers/caller-store.ts';
import { caller } from '../fixtures.ts';
import { readCaller } from './read-caller.ts';

const nowMs = Date.parse('2026-11-22T12:00:00.000Z');

/** What every callers' table does. `open` returns an empty one. */
export function testCallerStoreContract(open: () => Promise<{ readonly store: CallerStore }>) {
  it('is empty at first', async () => {
    const { store } = await open();
    assert.equal(await store.read('worker'), undefined);
    assert.deepEqual(await store.list(), { callers: [], damaged: [] });
    assert.equal(await store.remove('worker'), false);
  });

  it('returns what was written, for every form of a name', async () => {
    const { store } = await open();
    for (const name of ['worker', '0.a-b_c', 'a'.repeat(64)]) {
      for (const lastLoginAtMs of [undefined, nowMs]) {
        const written = caller({ name, lastLoginAtMs, disabled: lastLoginAtMs !== undefined });
        const write = await store.write(written, (await readCaller(store, name))?.etag);
        assert.ok(write.result === 'written');
        assert.deepEqual(await store.read(name), { caller: written, etag: write.etag });
      }
    }
    assert.deepEqual(
      (await store.list()).callers.map(({ name }) => name),
      ['0.a-b_c', 'a'.repeat(64), 'worker'],
    );
  });

  it('adds a caller only if there is none of that name', async () => {
    const { store } = await open();
    await store.write(caller({ secretHash: 'first' }), undefined);
    assert.deepEqual(await store.write(caller({ secretHash: 'second' }), undefined), { result: 'conflict' });
    assert.equal((await readCaller(store, 'worker'))?.caller.secretHash, 'first');
  });

  it('changes a caller only if it is still the one that was read', async () => {
    const { store } = await open();
    await store.write(caller(), undefined);
    const before = await readCaller(store, 'worker');
    assert.equal((await store.write(caller({ disabled: true }), before?.etag)).result, 'written');
    assert.deepEqual(await store.write(caller({ lastLoginAtMs: nowMs }), before?.etag), { result: 'conflict' });
    assert.equal((await readCaller(store, 'worker'))?.caller.disabled, true);
  });

  it('removes a caller, and changes none that was removed', async () => {
    const { store } = await open();
    await store.write(caller(), undefined);
    const before = await readCaller(store, 'worker');
    assert.equal(await store.remove('worker'), true);
    assert.equal(await store.remove('worker'), false);
    assert.equal(await store.read('worker'), undefined);
    assert.deepEqual(await store.write(caller(), before?.etag), { result: 'conflict' });
  });
}
