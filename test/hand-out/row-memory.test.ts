import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { knownOf } from './known.ts';
import { latestOf } from './latest.ts';
import { createRowMemory } from '../../src/hand-out/row-memory.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, NOW_MS, rowHolding, tokenRow } from '../fixtures.ts';
import { createMemoryStore } from '../store/memory-store.ts';

const CACHE_MS = 15_000;

/** A memory over a store whose reads can be held back. Time stands until a test moves it. */
async function openMemory({
  row = tokenRow(),
  cacheMs = CACHE_MS,
}: { row?: TokenRow | 'none'; cacheMs?: number } = {}) {
  const store = createMemoryStore();
  const clock = { nowMs: NOW_MS };
  let gate = Promise.resolve();
  const read = async (account: string) => {
    const found = await store.read(account);
    await gate;
    return found;
  };
  const nowMs = () => clock.nowMs;
  const memory = createRowMemory({ store: { ...store, read }, nowMs, cacheMs, marginMs: HOUR_MS });
  const put = async (next: TokenRow) => store.write(next, (await store.read('default'))?.etag);
  if (row !== 'none') await put(row);
  const holdReads = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    return resolve;
  };
  return { memory, store, clock, put, holdReads, latest: () => latestOf(memory, 'default') };
}

/** Whether a caller has its answer although the table has not answered yet. */
async function answersAtOnce(answer: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(() => resolve('the next turn')));
  return (await Promise.race([answer, turn])) !== 'the next turn';
}

describe('what is known of a row', () => {
  type Case = { what: string; row?: TokenRow | 'none'; cacheMs?: number; down?: boolean; allowedMs: number };
  const cases: Case[] = [
    { what: 'that is at rest', allowedMs: CACHE_MS },
    { what: 'that is at rest, for other settings', cacheMs: 300_000, allowedMs: 300_000 },
    {
      what: 'that has more than the margin',
      row: rowHolding({ accessExpiresAtMs: NOW_MS + HOUR_MS + CACHE_MS + 1 }),
      allowedMs: CACHE_MS,
    },
    { what: 'that is due', row: rowHolding({ accessExpiresAtMs: NOW_MS + HOUR_MS }), allowedMs: 1_000 },
    {
      what: 'that is rotated elsewhere',
      row: tokenRow({ lease: { id: 'l', expiresAtMs: NOW_MS + 90_000 } }),
      allowedMs: 1_000,
    },
    { what: 'that is missing', row: 'none', allowedMs: 1_000 },
    { what: 'that could not be read', down: true, allowedMs: 1_000 },
  ];
  for (const { what, row = tokenRow(), cacheMs = CACHE_MS, down = false, allowedMs } of cases) {
    it(`${what} is answered for ${allowedMs} ms, and looked at again in the background after half of that`, async () => {
      const { latest, store, clock, holdReads } = await openMemory({ row, cacheMs });
      store.down = down;
      await latest();
      const reads = store.reads();
      const release = holdReads();
      clock.nowMs = NOW_MS + allowedMs / 2 - 1;
      assert.equal(await answersAtOnce(latest()), true);
      assert.equal(store.reads(), reads);
      clock.nowMs = NOW_MS + allowedMs / 2;
      assert.equal(await answersAtOnce(latest()), true);
      assert.equal(store.reads(), reads + 1);
      clock.nowMs = NOW_MS + allowedMs - 1;
      assert.equal(await answersAtOnce(latest()), true);
      clock.nowMs = NOW_MS + allowedMs;
      if (!down) assert.equal(await answersAtOnce(latest()), false);
      assert.equal(store.reads(), reads + 1, 'one look at a time');
      release();
    });
  }

  it('is looked at for every call where the cache is off, even for calls at the same time', async () => {
    const { latest, store, put } = await openMemory({ cacheMs: 0 });
    await latest();
    await put(tokenRow({ generation: 8 }));
    const reads = store.reads();
    assert.equal((await latest()).row?.generation, 8);
    await Promise.all([latest(), latest()]);
    assert.equal(store.reads(), reads + 3);
  });

  it('is looked at once for a thousand callers', async () => {
    const { latest, store } = await openMemory();
    const reads = store.reads();
    const known = await Promise.all(Array.from({ length: 1000 }, latest));
    assert.equal(store.reads(), reads + 1);
    for (const { row } of known) assert.equal(row?.generation, 7);
  });

  it('is news as soon as the look in the background has ended', async () => {
    const { latest, clock, put } = await openMemory();
    await latest();
    await put(tokenRow({ generation: 8 }));
    clock.nowMs += CACHE_MS / 2;
    assert.equal((await latest()).row?.generation, 7);
    await new Promise(setImmediate);
    assert.equal((await latest()).row?.generation, 8);
  });

  it('is not kept for ever by a clock that was set back', async () => {
    const { latest, clock, put } = await openMemory();
    await latest();
    await put(tokenRow({ generation: 8 }));
    clock.nowMs -= HOUR_MS;
    assert.equal((await latest()).row?.generation, 8);
  });

  it('is what was read last, while the table is out of reach, and says so', async () => {
    for (const cacheMs of [0, CACHE_MS]) {
      const { latest, store, clock } = await openMemory({ cacheMs });
      await latest();
      store.down = true;
      clock.nowMs += HOUR_MS;
      assert.deepEqual(await latest(), knownOf(tokenRow(), { storeAnswers: false }));
      store.down = false;
      clock.nowMs += 1_000;
      assert.deepEqual(await latest(), knownOf(tokenRow(), { readAtMs: clock.nowMs }));
    }
  });

  it('is gone where the row is', async () => {
    const { latest, store, clock } = await openMemory();
    await latest();
    store.forget('default');
    clock.nowMs += CACHE_MS;
    assert.deepEqual(await latest(), knownOf(undefined, { lastHeld: tokenRow(), readAtMs: clock.nowMs }));
  });

  it('is the last pair that opened, where the one in the table does not, and why that is so', async () => {
    const { latest, put, clock } = await openMemory();
    await latest();
    const tokens = { state: 'unreadable', reason: 'unknown_key', columns: { tokens: 'v1.k1.AAAA' } } as const;
    for (let look = 0; look < 2; look += 1) {
      await put(tokenRow({ generation: 8 + look, tokens, consecutiveFailures: 1 }));
      clock.nowMs += CACHE_MS;
      const { row, unopened, lastHeld } = await latest();
      assert.deepEqual([row, unopened, lastHeld], [tokenRow({ consecutiveFailures: 1 }), tokens, tokenRow()]);
    }
  });

  it('is not overwritten by a look that started before a rotation ended', async () => {
    for (const cacheMs of [0, CACHE_MS]) {
      const { memory, latest, holdReads } = await openMemory({ cacheMs });
      const release = holdReads();
      const looking = latest();
      await new Promise(setImmediate);
      memory.remember(tokenRow({ generation: 8 }));
      release();
      assert.equal((await looking).row?.generation, 8);
      assert.equal(memory.recall('default').row?.generation, 8);
    }
  });

  it('counts from the rotation that ended last', async () => {
    const { memory, latest, store } = await openMemory();
    memory.remember(tokenRow({ generation: 8 }));
    const reads = store.reads();
    assert.equal((await latest()).row?.generation, 8);
    assert.equal(store.reads(), reads);
  });

  it('is what stands in the table for a second after a look, where it answers', async () => {
    const unreadable = tokenRow({ tokens: { state: 'unreadable', reason: 'unknown_key', columns: {} } });
    const { memory, latest, store, clock, put } = await openMemory();
    await latest();
    await put(unreadable);
    clock.nowMs += CACHE_MS;
    await latest();
    clock.nowMs += 999;
    assert.deepEqual(memory.lately('default'), unreadable, 'not the pair that is remembered');
    clock.nowMs += 1;
    assert.equal(memory.lately('default'), undefined);
    await memory.look('default');
    store.down = true;
    await memory.look('default');
    assert.equal(memory.lately('default'), undefined);
  });

  it('is what stands in the table at no time where the cache is off', async () => {
    const { memory, latest } = await openMemory({ cacheMs: 0 });
    await latest();
    assert.equal(memory.lately('default'), undefined);
  });

  it('is glanced at with one look in a second, whatever the settings are', async () => {
    const { memory, store, clock, put } = await openMemory({ cacheMs: 0 });
    const reads = store.reads();
    const glance = () => memory.glance('default');
    await Promise.all(Array.from({ length: 100 }, glance));
    await put(tokenRow({ generation: 8 }));
    clock.nowMs += 999;
    assert.equal((await glance()).row?.generation, 7);
    assert.equal(store.reads(), reads + 2, 'the second one is of this test');
    clock.nowMs += 1;
    assert.equal((await glance()).row?.generation, 8);
  });

  it('is glanced at where callers have it from, if that is older', async () => {
    const { memory, latest, store, clock } = await openMemory();
    await latest();
    const reads = store.reads();
    clock.nowMs += CACHE_MS / 2 - 1;
    await memory.glance('default');
    assert.equal(store.reads(), reads);
  });

  it('is kept apart by account', async () => {
    const { memory, latest } = await openMemory();
    await latest();
    assert.equal(memory.recall('other').row, undefined);
    assert.equal((await latestOf(memory, 'other')).row, undefined);
    assert.equal(memory.recall('default').row?.generation, 7);
  });
});
