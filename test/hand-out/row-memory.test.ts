import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRowMemory, servable } from '../../src/hand-out/row-memory.ts';
import { StoreError, type TokenRow } from '../../src/store/token-store.ts';
import { NOW_MS, tokenRow } from '../fixtures.ts';
import { createMemoryStore } from '../store/memory-store.ts';

const account = 'default';

async function open({ cacheMs = 5_000 } = {}) {
  const clock = { ms: 0 };
  const store = createMemoryStore();
  await store.write(tokenRow(), undefined);
  const memory = createRowMemory({ store, nowMs: () => NOW_MS + clock.ms, steadyMs: () => clock.ms, cacheMs });
  /** Another instance writes the row. */
  const change = async (columns: Partial<TokenRow>) => {
    const stored = await store.read(account);
    assert.ok(stored);
    await store.write({ ...stored.row, ...columns }, stored.etag);
  };
  return { clock, store, memory, change };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('what an instance knows about a row', () => {
  it('is fresh for CACHE_SECONDS from the start of the read', async () => {
    const { clock, memory } = await open();
    assert.equal(memory.fresh(account), undefined);
    await memory.read(account);
    clock.ms = 2_499;
    assert.equal(memory.fresh(account)?.stored?.row.generation, 7);
    clock.ms = 5_000;
    assert.equal(memory.fresh(account), undefined);
  });

  it('is read in the background after half of that time, so that callers do not wait', async () => {
    const { clock, memory, store } = await open();
    await memory.read(account);
    const reads = store.reads();
    clock.ms = 2_499;
    memory.fresh(account);
    assert.equal(store.reads(), reads);
    clock.ms = 2_500;
    memory.fresh(account);
    assert.equal(store.reads(), reads + 1);
    await turn();
    clock.ms = 7_000;
    assert.ok(memory.fresh(account));
  });

  it('is read once for many callers', async () => {
    const { memory, store } = await open();
    const reads = store.reads();
    await Promise.all(Array.from({ length: 100 }, () => memory.read(account)));
    assert.equal(store.reads(), reads + 1);
  });

  it('is never fresh without a cache, and each caller has a read of its own', async () => {
    const { memory, store } = await open({ cacheMs: 0 });
    const reads = store.reads();
    await Promise.all([memory.read(account), memory.read(account)]);
    assert.equal(store.reads(), reads + 2);
    assert.equal(memory.fresh(account), undefined);
  });

  it('includes what was written through it', async () => {
    const { memory } = await open();
    const { stored } = await memory.read(account);
    assert.ok(stored);
    await memory.store.write({ ...stored.row, generation: 8 }, stored.etag);
    assert.equal(memory.fresh(account)?.stored?.row.generation, 8);
    assert.equal(memory.highestGeneration(account), 8);
  });

  it('stays as a fallback if the store does not answer, which is tried again after a second', async () => {
    const { clock, memory, store } = await open();
    await memory.read(account);
    store.down = true;
    clock.ms = 6_000;
    const known = await memory.read(account);
    assert.deepEqual([known.storeAnswers, known.stored?.row.generation], [false, 7]);
    clock.ms = 6_999;
    assert.ok(memory.fresh(account));
    clock.ms = 7_000;
    assert.equal(memory.fresh(account), undefined);
  });

  it('keeps the last pair that could be decrypted, and the highest generation', async () => {
    const { memory, store } = await open();
    await memory.read(account);
    store.forget(account);
    const known = await memory.read(account);
    assert.equal(known.stored, undefined);
    assert.equal(servable(known)?.generation, 7);
    assert.equal(memory.highestGeneration(account), 7);
  });

  it('serves the last pair with the other columns of a row that cannot be decrypted', async () => {
    const { memory, change } = await open();
    await memory.read(account);
    const tokens = { state: 'unreadable', reason: 'unknown_key', sealed: {} } as const;
    await change({ generation: 9, tokens, consecutiveFailures: 2 });
    const row = servable(await memory.read(account));
    assert.deepEqual([row?.generation, row?.tokens.state, row?.consecutiveFailures], [7, 'held', 2]);
    assert.equal(memory.highestGeneration(account), 7, 'without a valid ciphertext, a generation proves nothing');
  });

  it('throws a failure that is not one of the store to the caller that waits, and keeps nothing of it', async () => {
    const { store } = await open();
    let isBroken = true;
    const broken = {
      ...store,
      read: async () => (isBroken ? Promise.reject(new TypeError('bug')) : store.read(account)),
    };
    const memory = createRowMemory({ store: broken, nowMs: () => NOW_MS, steadyMs: () => 0, cacheMs: 5_000 });
    await assert.rejects(memory.read(account), TypeError);
    isBroken = false;
    assert.equal((await memory.read(account)).stored?.row.generation, 7);
  });
});

describe('reads that overtake each other', () => {
  /** A memory whose reads end when the test says so. */
  async function openSlow() {
    const { store } = await open();
    const pending: (() => void)[] = [];
    const read = async () => {
      const found = await store.read(account);
      await new Promise<void>((resolve) => pending.push(resolve));
      return found;
    };
    const slow = { ...store, read };
    const memory = createRowMemory({ store: slow, nowMs: () => NOW_MS, steadyMs: () => 0, cacheMs: 0 });
    return { store, memory, end: (index: number) => pending[index]?.() };
  }

  it('leave what the read found that began last', async () => {
    const { memory, store, end } = await openSlow();
    const first = memory.read(account);
    await turn();
    const stored = await store.read(account);
    assert.ok(stored);
    await store.write({ ...stored.row, writeId: 'later' }, stored.etag);
    const second = memory.read(account);
    await turn();
    end(1);
    await second;
    end(0);
    await first;
    assert.equal(memory.recall(account).stored?.row.writeId, 'later');
  });

  it('bring the row of an earlier one, after a later one that got no answer', async () => {
    const { store } = await open();
    const pending: (() => void)[] = [];
    const read = async () => {
      const isLater = pending.length > 0;
      const found = await store.read(account);
      await new Promise<void>((resolve) => pending.push(resolve));
      if (isLater) throw new StoreError('The token table cannot be read', 'store_timed_out');
      return found;
    };
    const memory = createRowMemory({ store: { ...store, read }, nowMs: () => NOW_MS, steadyMs: () => 0, cacheMs: 0 });
    const first = memory.read(account);
    await turn();
    const second = memory.read(account);
    await turn();
    pending[1]?.();
    assert.equal((await second).storeAnswers, false);
    pending[0]?.();
    assert.equal((await first).stored?.row.generation, 7);
  });

  it('do not hide a later generation that another instance saved meanwhile', async () => {
    const { store } = await open();
    let end = () => undefined as void;
    const read = async () => {
      await new Promise<void>((resolve) => (end = resolve));
      return store.read(account);
    };
    const memory = createRowMemory({ store: { ...store, read }, nowMs: () => NOW_MS, steadyMs: () => 0, cacheMs: 0 });
    const stored = await store.read(account);
    assert.ok(stored);
    const reading = memory.read(account);
    const claimed = await memory.store.write({ ...stored.row, writeId: 'claim' }, stored.etag);
    assert.ok(claimed.result === 'written');
    await store.write({ ...stored.row, generation: 8 }, claimed.etag);
    end();
    assert.equal((await reading).stored?.row.generation, 8);
  });

  it('report a store that does not answer only if they began last', async () => {
    const { store } = await open();
    const pending: (() => void)[] = [];
    let fails = true;
    const read = async () => {
      const isFailing = fails;
      const found = await store.read(account);
      await new Promise<void>((resolve) => pending.push(resolve));
      if (isFailing) throw new StoreError('The token table cannot be read', 'store_timed_out');
      return found;
    };
    const memory = createRowMemory({ store: { ...store, read }, nowMs: () => NOW_MS, steadyMs: () => 0, cacheMs: 0 });
    const first = memory.read(account);
    await turn();
    fails = false;
    const second = memory.read(account);
    await turn();
    pending[1]?.();
    await second;
    pending[0]?.();
    assert.equal((await first).storeAnswers, true);
  });
});
