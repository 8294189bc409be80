import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRowMemory } from '../../src/hand-out/row-memory.ts';
import { createRotator } from '../../src/rotation/rotator.ts';
import { openScene } from './scene.ts';
import { HOUR_MS } from './workbench.ts';

const scene = openScene();
const { row, tokens } = scene;

/** Another instance, as the app builds it. */
function openInstance() {
  const { parts, nowMs } = scene.bench;
  const memory = createRowMemory({ store: scene.bench.store, nowMs, steadyMs: nowMs, cacheMs: 0 });
  const { store, highestGeneration: generationSeen } = memory;
  const rotator = createRotator({ ...parts, store, generationSeen });
  return { store, check: () => rotator.rotate(scene.bench.request({ trigger: 'timer' })) };
}

const requests = () => scene.bench.simulator.stats().requests;

describe('an instance whose row was deleted', () => {
  it('logs in once, counts on, and keeps the pair it has saved', async () => {
    const instance = openInstance();
    await instance.check();
    scene.bench.pass(11 * HOUR_MS);
    await instance.check();
    assert.equal(row().generation, 2);
    scene.bench.store.forget('default');
    assert.equal((await instance.check()).result, 'done');
    assert.equal(row().generation, 3);
    const saved = tokens();
    assert.equal((await instance.check()).result, 'not-due');
    assert.deepEqual(tokens(), saved);
    assert.deepEqual([requests().login, requests().refresh], [2, 1]);
  });

  it('believes the pair of another instance that has made the row anew', async () => {
    const [old, fresh] = [openInstance(), openInstance()];
    await old.check();
    scene.bench.pass(11 * HOUR_MS);
    await old.check();
    scene.bench.pass(60_000);
    scene.bench.store.forget('default');
    await fresh.check();
    assert.equal(row().generation, 1);
    assert.equal((await old.check()).result, 'not-due');
    assert.equal(requests().login, 2);
  });
});

describe('a whole old row that is put back', () => {
  it('is replaced by a login of the timer, and left as it was where that fails', async () => {
    const instance = openInstance();
    await instance.check();
    const old = row();
    scene.bench.pass(11 * HOUR_MS);
    await instance.check();
    const found = await scene.bench.store.read('default');
    await scene.bench.store.write(old, found?.etag);
    scene.strike({ kind: 'status', status: 500 }, 'login');
    assert.equal((await instance.check()).result, 'failed');
    assert.ok(row().tokens.state === 'unreadable');
    assert.equal(row().generation, 1);
    assert.equal((await instance.check()).result, 'done');
    assert.deepEqual([row().generation, row().tokens.state], [3, 'held']);
  });
});

describe('a row that is damaged while a pair is on its way', () => {
  const unreadable = { state: 'unreadable', reason: 'damaged', sealed: {} } as const;

  /** Rotates, while somebody changes the row behind the claim's back. */
  async function rotateOver(generation: number) {
    const { store } = scene.bench;
    const write = store.write.bind(store);
    let writes = 0;
    store.write = async (written, etag) => {
      writes += 1;
      if (writes === 2) {
        const found = await store.read('default');
        assert.ok(found);
        await write({ ...found.row, generation, tokens: unreadable, writeId: '' }, found.etag);
      }
      return write(written, etag);
    };
    return scene.bench.check();
  }

  it('takes the pair all the same: nothing newer stands there', async () => {
    assert.equal((await rotateOver(0)).result, 'done');
    assert.deepEqual([row().generation, row().tokens.state], [1, 'held']);
  });

  it('does not, where its generation is a later one: another instance has saved it under another key', async () => {
    assert.equal((await rotateOver(1)).result, 'elsewhere');
    assert.deepEqual(row().tokens, unreadable);
  });
});
