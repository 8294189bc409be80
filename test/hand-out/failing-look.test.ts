import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { latestOf } from './latest.ts';
import { createRowMemory } from '../../src/hand-out/row-memory.ts';
import { HOUR_MS, NOW_MS, tokenRow } from '../fixtures.ts';
import { createMemoryStore } from '../store/memory-store.ts';

describe('a look that fails for what is no failure of the store', () => {
  async function openBroken() {
    const clock = { nowMs: NOW_MS };
    let broken = false;
    const store = createMemoryStore();
    await store.write(tokenRow(), undefined);
    const read = async (account: string) => {
      if (broken) throw new TypeError('a bug');
      return store.read(account);
    };
    const settings = { cacheMs: 15_000, marginMs: HOUR_MS };
    const memory = createRowMemory({ store: { ...store, read }, nowMs: () => clock.nowMs, ...settings });
    await latestOf(memory, 'default');
    broken = true;
    return { latest: () => latestOf(memory, 'default'), clock, mend: () => (broken = false) };
  }

  it('is thrown at who waits for it, and not kept', async () => {
    const { latest, clock, mend } = await openBroken();
    clock.nowMs += 15_000;
    await assert.rejects(latest(), TypeError);
    mend();
    assert.equal((await latest()).row?.generation, 7);
  });

  it('goes unnoticed in the background', async () => {
    const { latest, clock } = await openBroken();
    clock.nowMs += 14_999;
    assert.equal((await latest()).row?.generation, 7);
    await new Promise(setImmediate); // an unhandled rejection would fail this test
  });
});
