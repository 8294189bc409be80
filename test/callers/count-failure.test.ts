import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countFailure } from '../../src/callers/count-failure.ts';
import { NOW_MS } from '../fixtures.ts';
import { createMemoryCallers } from './memory-callers.ts';

describe('a failure that others are always quicker to count than', () => {
  it('has to wait, and goes uncounted: the work has an end', async () => {
    const store = createMemoryCallers();
    const rows = { own: 'own-worker', slot: 'slot-0001' };
    const nowMs = () => NOW_MS;
    const readFailures = store.readFailures.bind(store);
    let others = 0;
    store.readFailures = async (row) => {
      const read = await readFailures(row);
      if (row === rows.slot) {
        others += 1;
        await store.writeFailures(row, [...read.timesMs, NOW_MS], read.etag);
      }
      return read;
    };
    assert.equal(await countFailure({ store, nowMs }, rows), 5_000);
    assert.equal(others, 6);
    assert.equal((await readFailures(rows.slot)).timesMs.length, 6, 'the six others');
    assert.equal((await readFailures(rows.own)).timesMs.length, 1);
  });
});
