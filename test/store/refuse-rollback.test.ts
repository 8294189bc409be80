import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refuseRollback } from '../../src/store/refuse-rollback.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { DAY_MS, NOW_MS, rowHolding, tokenRow, tokenSet } from '../fixtures.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import { testTokenStoreContract } from './token-store-contract.ts';

/** A store that has seen generation 7, over one where anybody may put what he likes. */
async function openGuarded() {
  const store = createMemoryStore();
  await store.write(tokenRow(), undefined);
  const guarded = refuseRollback(store);
  await guarded.read('default');
  return { store, guarded };
}

async function put(store: MemoryStore, row: TokenRow): Promise<void> {
  const found = await store.read(row.account);
  assert.equal((await store.write(row, found?.etag)).result, 'written');
}

describe('a store that refuses rows of the past', () => {
  testTokenStoreContract(async () => {
    const store = createMemoryStore();
    return { store: refuseRollback(store), again: async () => refuseRollback(store) };
  });

  it('takes a whole old row for one whose tokens cannot be read, and leaves it as it is', async () => {
    const { store, guarded } = await openGuarded();
    const old = tokenRow({ generation: 6, writeId: 'write-6' });
    await put(store, old);
    assert.deepEqual((await guarded.read('default'))?.row, {
      ...old,
      tokens: { state: 'unreadable', reason: 'rolled_back', set: tokenSet() },
    });
    assert.equal(guarded.generationSeen('default'), 7);
  });

  it('believes a row that was made anew: its pair ends later', async () => {
    const { store, guarded } = await openGuarded();
    const made = rowHolding({ refreshExpiresAtMs: NOW_MS + 14 * DAY_MS }, { generation: 1 });
    await put(store, made);
    assert.deepEqual((await guarded.read('default'))?.row, made);
    assert.equal(guarded.generationSeen('default'), 1);
    await put(store, tokenRow());
    assert.deepEqual((await guarded.read('default'))?.row, tokenRow(), 'of a later generation');
  });

  it('says nothing of a row that has no pair yet', async () => {
    const { store, guarded } = await openGuarded();
    const made = tokenRow({ generation: 0, tokens: { state: 'none' } });
    await put(store, made);
    assert.deepEqual((await guarded.read('default'))?.row, made);
    assert.equal(guarded.generationSeen('default'), 7);
  });

  it('knows the generation that it wrote, too', async () => {
    const { store, guarded } = await openGuarded();
    const found = await guarded.read('default');
    await guarded.write(tokenRow({ generation: 8 }), found?.etag);
    await put(store, tokenRow());
    assert.equal((await guarded.read('default'))?.row.tokens.state, 'unreadable');
  });

  it('takes the same generation, a later one, and none at all', async () => {
    const { store, guarded } = await openGuarded();
    assert.equal((await guarded.read('default'))?.row.tokens.state, 'held');
    await put(store, tokenRow({ generation: 8 }));
    assert.equal((await guarded.read('default'))?.row.tokens.state, 'held');
    store.forget('default');
    assert.equal(await guarded.read('default'), undefined);
  });

  it('is not fooled by a generation that nothing vouches for', async () => {
    const { store, guarded } = await openGuarded();
    const tokens = { state: 'unreadable', reason: 'not_authentic', columns: { tokens: 'x' } } as const;
    await put(store, tokenRow({ generation: 99, tokens }));
    assert.equal((await guarded.read('default'))?.row.generation, 99);
    await put(store, tokenRow());
    assert.deepEqual((await guarded.read('default'))?.row, tokenRow());
  });

  it('believes a read that began before the newer row was saved', async () => {
    const { store, guarded } = await openGuarded();
    const read = store.read.bind(store);
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const found = await store.read('default');
    store.read = async (account) => {
      const early = await read(account);
      await held;
      return early;
    };
    const slow = guarded.read('default');
    assert.equal((await guarded.write(tokenRow({ generation: 8 }), found?.etag)).result, 'written');
    letGo();
    assert.deepEqual((await slow)?.row, tokenRow());
  });

  it('knows accounts apart', async () => {
    const { guarded } = await openGuarded();
    await guarded.write(tokenRow({ account: 'other', generation: 1 }), undefined);
    assert.equal((await guarded.read('other'))?.row.tokens.state, 'held');
  });
});
