import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Rotation } from '../../src/rotation/rotate.ts';
import type { Rotator } from '../../src/rotation/rotator.ts';
import type { Sleep } from '../../src/sleep.ts';
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
async function holdRotation(rotator = bench.rotator): Promise<{ rotation: Promise<Rotation> }> {
  bench.simulator.addFault({ on: 'refresh', fault: { kind: 'hold', processed: true } });
  const rotation = rotator.rotate(bench.request());
  while (bench.simulator.stats().held === 0) await bench.turn();
  return { rotation };
}

/** Another worker takes the lease, or renews it. */
async function leaseOut(ms: number): Promise<void> {
  const stored = await bench.store.read('default');
  assert.ok(stored);
  const lease = { id: 'of another worker', expiresAtMs: bench.nowMs() + ms };
  await bench.store.write({ ...stored.row, lease }, stored.etag);
}

/** A worker that is too slow to renew its lease. */
function openStalled(): Rotator {
  const sleep: Sleep = (ms, signal) => (signal ? new Promise(() => undefined) : bench.parts.sleep(ms));
  return bench.anotherRotator({ sleep });
}

describe('a rotation that shares its row with other workers', () => {
  it('is joined by the same trigger in the same process; another one decides again when it has ended', async () => {
    const { rotation } = await holdRotation();
    const same = bench.check();
    const other = bench.check({ trigger: 'caller' });
    bench.simulator.release();
    assert.deepEqual(await same, await rotation);
    assert.equal((await other).result, 'not-due');
    assert.equal(bench.simulator.stats().requests.refresh, 1);
  });

  it('is taken over 5 s after the end of its lease, by a login: its refresh token may be spent', async () => {
    const { rotation } = await holdRotation(openStalled());
    bench.pass(19_999);
    assert.deepEqual(await rotateElsewhere(), { result: 'elsewhere' });
    bench.pass(1);
    assert.equal((await rotateElsewhere()).result, 'done');
    assert.deepEqual([generation(), bench.store.peek()?.source], [2, 'login']);
    bench.simulator.release();
    assert.deepEqual(await rotation, { result: 'elsewhere' });
    assert.equal(generation(), 2, 'the late pair is dropped for the newer one');
    assert.equal(bench.simulator.stats().requests.refresh, 1);
  });

  it('is taken over by a worker that has seen its lease unchanged for 15 s, whatever the clock says', async () => {
    await leaseOut(60_000);
    const waiter = bench.anotherRotator();
    const wait = async () => (await waiter.rotate(bench.request())).result;
    assert.equal(await wait(), 'elsewhere');
    bench.pass(14_999);
    assert.equal(await wait(), 'elsewhere');
    await leaseOut(50_000); // a heartbeat
    assert.equal(await wait(), 'elsewhere');
    bench.pass(14_999);
    assert.equal(await wait(), 'elsewhere');
    bench.pass(1);
    assert.equal((await bench.anotherRotator().rotate(bench.request())).result, 'elsewhere', 'it has just seen it');
    assert.equal(await wait(), 'done');
  });

  it('saves its late pair, whichever worker holds the lease by then, if the row has no newer one', async () => {
    const first = await holdRotation(openStalled());
    bench.pass(20_000);
    bench.simulator.addFault({ on: 'login', fault: { kind: 'hold', processed: true } });
    const second = rotateElsewhere();
    while (bench.simulator.stats().held === 1) await bench.turn();
    bench.simulator.release();
    const results = await Promise.all([first.rotation, second]);
    assert.deepEqual(results.map(({ result }) => result).toSorted(), ['done', 'elsewhere']);
    assert.equal(generation(), 2);
  });

  it('sends nothing more after its lease was taken over', async () => {
    bench.simulator.addFault({ on: 'refresh', fault: { kind: 'hold', processed: false } });
    const rotation = openStalled().rotate(bench.request());
    while (bench.simulator.stats().held === 0) await bench.turn();
    bench.pass(20_000);
    await leaseOut(15_000);
    bench.simulator.revoke('refresh'); // the refresh token is dead, which would lead to a login
    bench.simulator.release();
    assert.deepEqual(await rotation, { result: 'elsewhere' });
    assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
    assert.equal(bench.store.peek()?.lease?.id, 'of another worker');
  });

  it('is not held up by a lease that a broken clock wrote', async () => {
    await leaseOut(60_001);
    assert.equal((await bench.check()).result, 'done');
  });
});

describe('a rotation whose store fails', () => {
  it('sends nothing to Quartile if the claim cannot be written', async () => {
    bench.store.writeFaults.push('no-answer', 'no-answer', 'no-answer');
    assert.deepEqual(await bench.check(), {
      result: 'failed',
      code: 'store_timed_out',
      culprit: 'store',
      row: undefined,
    });
    assert.equal(bench.simulator.stats().requests.refresh, 0);
  });

  it('sends nothing to Quartile if another worker claims first', async () => {
    const { rotation } = await holdRotation();
    let reads = 0;
    const read: typeof bench.store.read = async (account) => {
      reads += 1;
      const found = await bench.store.read(account);
      return found && reads === 1 ? { etag: '"older"', row: { ...found.row, lease: undefined } } : found;
    };
    const late = bench.anotherRotator({ store: { ...bench.store, read } });
    assert.deepEqual(await late.rotate(bench.request()), { result: 'elsewhere' });
    assert.equal(bench.simulator.stats().requests.refresh, 1);
    bench.simulator.release();
    await rotation;
  });

  it('claims again if the row was changed without a lease: a change is not a rotation', async () => {
    bench.store.writeFaults.push('changed-before');
    assert.equal((await bench.check()).result, 'done');
    assert.equal(generation(), 2);
  });

  it('uses a claim that was written, though its answer and the first read after it were lost', async () => {
    bench.store.writeFaults.push('lost-answer');
    let reads = 0;
    const read: typeof bench.store.read = async (account) => {
      reads += 1;
      if (reads === 2) throw new StoreError('The store does not answer', 'store_timed_out');
      return bench.store.read(account);
    };
    const worker = bench.anotherRotator({ store: { ...bench.store, read } });
    assert.equal((await worker.rotate(bench.request())).result, 'done');
    assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
  });

  it('continues if the claim was written and only its answer was lost', async () => {
    bench.store.writeFaults.push('lost-answer');
    assert.equal((await bench.check()).result, 'done');
    assert.equal(generation(), 2);
  });

  for (const fault of ['no-answer', 'lost-answer', 'changed-before'] as const) {
    it(`saves the received pair without another refresh: ${fault}`, async () => {
      bench.store.writeFaults.push(undefined, fault);
      assert.equal((await bench.check()).result, 'done');
      assert.deepEqual([generation(), bench.store.peek()?.source], [2, 'refresh']);
      assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
    });
  }

  it('continues to save while the store is down, and logs that', async () => {
    const { rotation } = await holdRotation();
    bench.store.down = true;
    bench.simulator.release();
    const delayed = () => bench.events.filter(({ name }) => name === 'rotation.save_delayed').length;
    while (delayed() < 5) await bench.turn();
    assert.equal(bench.rotator.isSavePending('default'), true);
    bench.store.down = false;
    assert.equal((await rotation).result, 'done');
    assert.equal(bench.rotator.isSavePending('default'), false);
    assert.equal(generation(), 2);
  });

  it('saves the pair if the row was deleted during the attempt, with a higher generation', async () => {
    const { rotation } = await holdRotation();
    bench.store.forget('default');
    bench.simulator.release();
    assert.equal((await rotation).result, 'done');
    assert.equal(generation(), 2);
  });

  for (const fault of ['no-answer', 'lost-answer', 'changed-before'] as const) {
    it(`records a failure: ${fault}`, async () => {
      bench.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
      bench.store.writeFaults.push(undefined, fault);
      assert.equal((await bench.check()).result, 'failed');
      assert.deepEqual([bench.store.peek()?.consecutiveFailures, bench.store.peek()?.lease], [1, undefined]);
    });
  }

  it('gives up a failure that cannot be recorded: the lease ends by itself', async () => {
    bench.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
    bench.store.writeFaults.push(undefined, 'no-answer', 'no-answer', 'no-answer');
    assert.equal((await bench.check()).result, 'failed');
    assert.ok(bench.events.some(({ name }) => name === 'rotation.failure_not_noted'));
    bench.pass(20_000);
    assert.equal((await rotateElsewhere()).result, 'done');
  });

  it('fails if the row cannot be read', async () => {
    bench.store.down = true;
    assert.deepEqual(await bench.check(), {
      result: 'failed',
      code: 'store_unreachable',
      culprit: 'store',
      row: undefined,
    });
  });

  it('waits for the first access token of an identity in a timer run, and not for a caller', async () => {
    const fails = (times: number) => {
      let left = times;
      const read: typeof bench.store.read = async (account) => {
        if ((left -= 1) >= 0) throw new StoreError('The table did not answer in time', 'store_timed_out');
        return bench.store.read(account);
      };
      return bench.anotherRotator({ store: { ...bench.store, read } });
    };
    const failed = { result: 'failed', code: 'store_timed_out', culprit: 'store', row: undefined };
    assert.deepEqual(await fails(1).rotate(bench.request({ trigger: 'caller' })), failed);
    assert.deepEqual(await fails(3).rotate(bench.request()), failed);
    assert.equal((await fails(2).rotate(bench.request())).result, 'done');
  });

  it('fails if the row keeps changing: that is not the rotation of another worker', async () => {
    bench.store.writeFaults.push(...Array.from({ length: 10 }, () => 'changed-before' as const));
    const failed = { result: 'failed', code: 'row_keeps_changing', culprit: 'store', row: undefined };
    assert.deepEqual(await bench.check(), failed);
    assert.equal(bench.simulator.stats().requests.refresh, 0);
    bench.store.writeFaults.push(...Array.from({ length: 9 }, () => 'changed-before' as const));
    assert.equal((await bench.check()).result, 'done');
  });
});
