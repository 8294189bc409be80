import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rotation } from '../../src/rotation/rotate.ts';
import { StoreError, type TokenStore } from '../../src/store/token-store.ts';
import { openScene } from './scene.ts';

const scene = openScene();
const { becomeDue, row, strike } = scene;

const requests = () => scene.bench.simulator.stats().requests;

/** Rotates until the refresh was sent; its response comes when the test says so. */
async function holdRotation(store: TokenStore = scene.bench.store): Promise<{ rotation: Promise<Rotation> }> {
  await becomeDue();
  strike({ kind: 'hold', processed: true });
  const rotation = scene.bench.anotherRotator({ store }).rotate(scene.bench.request());
  while (scene.bench.simulator.stats().held === 0) await scene.bench.turn();
  return { rotation };
}

/** Moves time in steps, as it moves for a process that runs. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    scene.bench.pass(1_000);
    await scene.bench.turn();
  }
}

async function rotateElsewhere(): Promise<Rotation> {
  return scene.bench.anotherRotator().rotate(scene.bench.request());
}

describe('a rotation under a lease of 15 s', () => {
  it('writes its claim and its pair, and no heartbeat, if it takes less than 5 s', async () => {
    const { rotation } = await holdRotation();
    const before = scene.bench.store.writes();
    await pass(4);
    scene.bench.pass(999);
    scene.bench.simulator.release();
    assert.equal((await rotation).result, 'done');
    assert.equal(scene.bench.store.writes() - before, 1, 'the claim was written before');
  });

  it('keeps other workers away as long as it lasts', async () => {
    const { rotation } = await holdRotation();
    for (let seconds = 0; seconds < 50; seconds += 10) {
      await pass(10);
      assert.deepEqual(await rotateElsewhere(), { result: 'elsewhere' });
    }
    scene.bench.simulator.release();
    assert.equal((await rotation).result, 'done');
    assert.deepEqual(requests(), { login: 1, refresh: 1 });
  });

  it('waits for 50 s, as Retry-After asks, and sends again under its lease', async () => {
    await becomeDue();
    strike({ kind: 'status', status: 429, headers: { 'retry-after': '49' } });
    let leftMs = Infinity;
    const { store } = scene.bench;
    const read: TokenStore['read'] = async (account, timeoutMs) => {
      assert.fail(`the lease was never in doubt: ${account} ${timeoutMs}`);
    };
    const write: TokenStore['write'] = async (written, etag, timeoutMs) => {
      if (row().lease) leftMs = Math.min(leftMs, (row().lease?.expiresAtMs ?? 0) - scene.bench.nowMs());
      return store.write(written, etag, timeoutMs);
    };
    const found = { stored: await store.read('default') };
    const rotator = scene.bench.anotherRotator({ store: { read, write } });
    assert.equal((await rotator.rotate({ ...scene.bench.request(), found })).result, 'done');
    assert.deepEqual([row().source, leftMs], ['refresh', 10_000]);
  });

  it('saves its pair at once after a conflict with its own heartbeat, and does not wait for that', async () => {
    const { store } = scene.bench;
    let beats = 0;
    const write: TokenStore['write'] = async (written, etag, timeoutMs) => {
      const result = await store.write(written, etag, timeoutMs);
      if (timeoutMs === undefined) return result;
      beats += 1;
      return new Promise(() => undefined); // written, and its answer never comes
    };
    const { rotation } = await holdRotation({ ...store, write });
    await pass(5);
    assert.equal(beats, 1);
    const savingFromMs = scene.bench.nowMs();
    scene.bench.simulator.release();
    assert.equal((await rotation).result, 'done');
    assert.equal(scene.bench.nowMs(), savingFromMs);
    assert.deepEqual([row().generation, row().lease], [2, undefined]);
  });

  it('records its failure after a conflict with its own heartbeat', async () => {
    const { store } = scene.bench;
    const write: TokenStore['write'] = async (written, etag, timeoutMs) => {
      const result = await store.write(written, etag, timeoutMs);
      return timeoutMs === undefined ? result : new Promise(() => undefined);
    };
    await becomeDue();
    strike({ kind: 'hold', processed: false });
    strike({ kind: 'status', status: 500 }, 'login');
    const rotation = scene.bench.anotherRotator({ store: { ...store, write } }).rotate(scene.bench.request());
    while (scene.bench.simulator.stats().held === 0) await scene.bench.turn();
    await pass(5);
    scene.bench.simulator.revoke('refresh');
    scene.bench.simulator.release();
    assert.equal((await rotation).result, 'failed');
    assert.deepEqual([row().consecutiveFailures, row().lease], [1, undefined]);
  });

  it('neither ends nor loses its pair if the table denies access during the attempt', async () => {
    const { store } = scene.bench;
    let isDenied = false;
    const denied = () => Promise.reject(new StoreError('The table refused a write', 'store_access_denied'));
    const write: TokenStore['write'] = (...args) => (isDenied ? denied() : store.write(...args));
    const read: TokenStore['read'] = (...args) => (isDenied ? denied() : store.read(...args));
    const { rotation } = await holdRotation({ read, write });
    isDenied = true;
    await pass(30);
    scene.bench.simulator.release();
    const isDelayed = () => scene.bench.events.some(({ name }) => name === 'rotation.save_delayed');
    while (!isDelayed()) await scene.bench.turn();
    isDenied = false;
    assert.equal((await rotation).result, 'done');
    assert.deepEqual([row().generation, row().source], [2, 'refresh']);
    assert.deepEqual(requests(), { login: 1, refresh: 1 });
  });

  it('does not renew its lease while it saves: a pair that cannot be saved must not lock the row', async () => {
    const { store } = scene.bench;
    let isSaving = false;
    const write: TokenStore['write'] = async (written, etag, timeoutMs) =>
      isSaving && timeoutMs === undefined
        ? { result: 'unknown', code: 'store_timed_out' }
        : store.write(written, etag, timeoutMs);
    const sleep = scene.bench.sleepUntilPassed;
    await becomeDue();
    strike({ kind: 'hold', processed: true });
    const rotation = scene.bench.anotherRotator({ store: { ...store, write }, sleep }).rotate(scene.bench.request());
    while (scene.bench.simulator.stats().held === 0) await scene.bench.turn();
    isSaving = true;
    scene.bench.simulator.release();
    const isDelayed = () => scene.bench.events.some(({ name }) => name === 'rotation.save_delayed');
    while (!isDelayed()) await scene.bench.turn();
    const { lease } = row();
    await pass(20);
    assert.deepEqual(row().lease, lease);
    assert.equal((await rotateElsewhere()).result, 'done');
    await pass(5);
    assert.deepEqual(await rotation, { result: 'elsewhere' }, 'superseded');
  });
});
