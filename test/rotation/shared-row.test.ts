import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Rotation } from '../../src/rotation/rotate.ts';
import { StoreError } from '../../src/store/token-store.ts';
import { HOUR_MS, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
  await bench.check();
  bench.pass(11 * HOUR_MS);
});
afterEach(() => bench.close());

const generation = () => bench.store.peek()?.generation;

async function rotateElsewhere(): Promise<Rotation> {
  return bench
    .anotherRotator()
    .rotate({ account: 'default', occasion: { trigger: 'timer' }, logEvent: bench.logEvent });
}

/** Starts a rotation that has sent its refresh, and has no answer yet. */
async function holdRotation(): Promise<{ rotation: Promise<Rotation> }> {
  bench.simulator.addFault({ on: 'refresh', fault: { kind: 'hold', processed: true } });
  const rotation = bench.check();
  while (bench.simulator.stats().held === 0) await bench.turn();
  return { rotation };
}

describe('a rotation that shares its row with other workers', () => {
  it('is joined by whoever asks in the same process', async () => {
    const { rotation } = await holdRotation();
    const joined = bench.check({ trigger: 'caller' });
    bench.simulator.release();
    assert.deepEqual(await joined, await rotation);
    assert.equal(bench.simulator.stats().requests.refresh, 1);
  });

  it('keeps other workers away while its lease lasts', async () => {
    const { rotation } = await holdRotation();
    bench.pass(94_999);
    assert.deepEqual(await rotateElsewhere(), { result: 'elsewhere' });
    bench.simulator.release();
    assert.equal((await rotation).result, 'done');
  });

  it('is taken over 5 s after the end of its lease, by a login: its refresh token may be spent', async () => {
    const { rotation } = await holdRotation();
    bench.pass(95_000);
    assert.equal((await rotateElsewhere()).result, 'done');
    assert.deepEqual([generation(), bench.store.peek()?.source], [2, 'login']);
    bench.simulator.release();
    assert.deepEqual(await rotation, { result: 'elsewhere' });
    assert.equal(generation(), 2, 'the late pair is dropped for the newer one');
    assert.equal(bench.simulator.stats().requests.refresh, 1);
  });

  it('saves a late pair, whoever holds the lease by then, as long as none of its generation stands there', async () => {
    const first = await holdRotation();
    bench.pass(95_000);
    bench.simulator.addFault({ on: 'login', fault: { kind: 'hold', processed: true } });
    const second = rotateElsewhere();
    while (bench.simulator.stats().held === 1) await bench.turn();
    bench.simulator.release();
    const results = await Promise.all([first.rotation, second]);
    assert.deepEqual(results.map(({ result }) => result).toSorted(), ['done', 'elsewhere']);
    assert.equal(generation(), 2);
  });

  it('is not held up by a lease that a broken clock wrote', async () => {
    const stored = await bench.store.read('default');
    assert.ok(stored);
    const lease = { id: 'from-the-future', expiresAtMs: bench.nowMs() + 150_001 };
    await bench.store.write({ ...stored.row, lease }, stored.etag);
    assert.equal((await bench.check()).result, 'done');
  });
});

describe('a rotation whose store fails', () => {
  it('sends nothing upstream when the claim cannot be written', async () => {
    bench.store.writeFaults.push('no-answer', 'no-answer', 'no-answer');
    assert.deepEqual(await bench.check(), {
      result: 'failed',
      code: 'store_timed_out',
      culprit: 'store',
      row: undefined,
    });
    assert.equal(bench.simulator.stats().requests.refresh, 0);
  });

  it('sends nothing upstream when another worker claims first', async () => {
    const { rotation } = await holdRotation();
    let looks = 0;
    const read: typeof bench.store.read = async (account) => {
      looks += 1;
      const found = await bench.store.read(account);
      return found && looks === 1 ? { etag: '"older"', row: { ...found.row, lease: undefined } } : found;
    };
    const late = bench.anotherRotator({ store: { ...bench.store, read } });
    assert.deepEqual(await late.rotate(bench.request()), { result: 'elsewhere' });
    assert.equal(bench.simulator.stats().requests.refresh, 1);
    bench.simulator.release();
    await rotation;
  });

  it('claims again where the row was changed, and nobody holds a lease: a change is no rotation', async () => {
    bench.store.writeFaults.push('changed-before');
    assert.equal((await bench.check()).result, 'done');
    assert.equal(generation(), 2);
  });

  it('uses a claim that stands, though neither its answer nor the first look at it came', async () => {
    bench.store.writeFaults.push('lost-answer');
    let looks = 0;
    const read: typeof bench.store.read = async (account) => {
      looks += 1;
      if (looks === 2) throw new StoreError('The store does not answer', 'store_timed_out');
      return bench.store.read(account);
    };
    const worker = bench.anotherRotator({ store: { ...bench.store, read } });
    assert.equal((await worker.rotate(bench.request())).result, 'done');
    assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
  });

  it('goes on when the claim was written and only its answer got lost', async () => {
    bench.store.writeFaults.push('lost-answer');
    assert.equal((await bench.check()).result, 'done');
    assert.equal(generation(), 2);
  });

  for (const fault of ['no-answer', 'lost-answer', 'changed-before'] as const) {
    it(`saves the received pair all the same, without another refresh: ${fault}`, async () => {
      bench.store.writeFaults.push(undefined, fault);
      assert.equal((await bench.check()).result, 'done');
      assert.deepEqual([generation(), bench.store.peek()?.source], [2, 'refresh']);
      assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
    });
  }

  it('goes on saving while the store is down, and says so', async () => {
    const { rotation } = await holdRotation();
    bench.store.down = true;
    bench.simulator.release();
    const delayed = () => bench.events.filter(({ name }) => name === 'rotation.save_delayed').length;
    while (delayed() < 5) await bench.turn();
    bench.store.down = false;
    assert.equal((await rotation).result, 'done');
    assert.equal(generation(), 2);
  });

  it('saves the pair where the row was deleted meanwhile, with a generation that still grows', async () => {
    const { rotation } = await holdRotation();
    bench.store.forget('default');
    bench.simulator.release();
    assert.equal((await rotation).result, 'done');
    assert.equal(generation(), 2);
  });

  for (const fault of ['no-answer', 'lost-answer', 'changed-before'] as const) {
    it(`notes a failure all the same: ${fault}`, async () => {
      bench.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
      bench.store.writeFaults.push(undefined, fault);
      assert.equal((await bench.check()).result, 'failed');
      assert.deepEqual([bench.store.peek()?.consecutiveFailures, bench.store.peek()?.lease], [1, undefined]);
    });
  }

  it('lets a failure that cannot be noted pass, and the lease end by itself', async () => {
    bench.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
    bench.store.writeFaults.push(undefined, 'no-answer', 'no-answer', 'no-answer');
    assert.equal((await bench.check()).result, 'failed');
    assert.ok(bench.events.some(({ name }) => name === 'rotation.failure_not_noted'));
    bench.pass(95_000);
    assert.equal((await rotateElsewhere()).result, 'done');
  });

  it('fails without a word upstream when the row cannot be read', async () => {
    bench.store.down = true;
    assert.deepEqual(await bench.check(), {
      result: 'failed',
      code: 'store_unreachable',
      culprit: 'store',
      row: undefined,
    });
  });
});
