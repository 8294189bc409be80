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
  it('logs in once, continues its count, and keeps the pair that it saved', async () => {
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

  it('uses the pair of another instance that created the row again', async () => {
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

describe('a table that was rolled back', () => {
  /** The row of generation 1 is put back after two rotations. */
  async function rollBack() {
    const instance = openInstance();
    await instance.check();
    const old = row();
    for (const expected of [2, 3]) {
      scene.bench.pass(11 * HOUR_MS);
      await instance.check();
      assert.equal(row().generation, expected);
    }
    const found = await scene.bench.store.read('default');
    await scene.bench.store.write(old, found?.etag);
    return instance;
  }

  it('receives a higher generation than this instance has seen: a generation identifies one token', async () => {
    const instance = await rollBack();
    assert.equal((await instance.check()).result, 'done');
    assert.deepEqual([row().generation, row().source], [4, 'login']);
  });

  it('logs in for a report of a generation above its own, and does not send its refresh token', async () => {
    await rollBack();
    const before = requests();
    const report = scene.bench.request({ trigger: 'report', refusedGeneration: 3 });
    assert.equal((await scene.bench.anotherRotator().rotate(report)).result, 'done');
    assert.deepEqual(requests(), { login: before.login + 1, refresh: before.refresh });
  });
});

describe('a row that is damaged during an attempt', () => {
  const unreadable = { state: 'unreadable', reason: 'damaged', sealed: {} } as const;

  /** Rotates while another writer damages the row after the claim. */
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

  it('receives the pair if it holds nothing newer', async () => {
    assert.equal((await rotateOver(0)).result, 'done');
    assert.deepEqual([row().generation, row().tokens.state], [1, 'held']);
  });

  it('keeps its tokens if its generation is later: another instance saved them under another key', async () => {
    assert.equal((await rotateOver(1)).result, 'elsewhere');
    assert.deepEqual(row().tokens, unreadable);
  });
});
