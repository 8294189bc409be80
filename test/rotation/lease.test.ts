import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HeldLease, holdLease, watchLeases } from '../../src/rotation/lease.ts';
import type { RotationParts } from '../../src/rotation/rotate.ts';
import { claimed, newRow } from '../../src/rotation/row-changes.ts';
import { StoreError, type TokenRow } from '../../src/store/token-store.ts';
import { openScene } from './scene.ts';

const scene = openScene();
const { row } = scene;

type Holding = { readonly lease: HeldLease; readonly deadlines: number[] };

/** Claims the row, and holds the lease. @param confirmedAfterMs how long the write of the claim took */
async function hold(changes: Partial<RotationParts> = {}, confirmedAfterMs = 0): Promise<Holding> {
  const { bench } = scene;
  const claim = { leaseId: 'mine', trigger: 'timer' } as const;
  const stamp = { writeId: 'claim', nowMs: bench.nowMs() };
  const mine = claimed(newRow('default', stamp), { step: 'login' }, claim, stamp);
  const claimedAtMs = bench.steadyMs();
  const written = await bench.store.write(mine, undefined);
  assert.ok(written.result === 'written');
  bench.pass(confirmedAfterMs);
  const deadlines: number[] = [];
  const abortAfter = (ms: number) => {
    deadlines.push(ms);
    return new AbortController().signal;
  };
  const parts = { ...bench.parts, store: bench.store, abortAfter, ...changes };
  const lease = holdLease(parts, bench.request(), { stored: { row: mine, etag: written.etag }, claimedAtMs });
  return { lease, deadlines };
}

/** Moves time, and lets the heartbeats of that time end. */
async function pass(ms: number): Promise<void> {
  await scene.bench.turn();
  scene.bench.pass(ms);
  await scene.bench.turn();
}

const writes = () => scene.bench.store.writes() - 1; // without the claim
const leftMs = () => (row().lease?.expiresAtMs ?? 0) - scene.bench.nowMs();

/** Another writer changes the row. */
async function change(columns: Partial<TokenRow>): Promise<void> {
  const stored = await scene.bench.store.read('default');
  assert.ok(stored);
  await scene.bench.store.write({ ...stored.row, ...columns, writeId: 'of another writer' }, stored.etag);
}

describe('the heartbeats of a lease', () => {
  it('renew it for 15 s every 5 s, until the deadline: no lease ends later than 75 s after its claim', async () => {
    await hold();
    await pass(4_999);
    assert.equal(writes(), 0);
    await pass(1);
    for (let beats = 1; beats <= 11; beats += 1) {
      assert.deepEqual([writes(), leftMs()], [beats, 15_000]);
      await pass(5_000);
    }
    await pass(5_000);
    assert.deepEqual([writes(), row().lease?.expiresAtMs], [11, row().createdAtMs + 70_000]);
  });

  it('end when the attempt has its result', async () => {
    const { lease } = await hold();
    await pass(5_000);
    lease.stop();
    await pass(5_000);
    assert.equal(writes(), 1);
  });

  it('are single writes with a limit of 2 s, repeated at once and without a read if there is no answer', async () => {
    const { store, events } = scene.bench;
    const limits: (number | undefined)[] = [];
    const write: typeof store.write = (written, etag, timeoutMs) => {
      limits.push(timeoutMs);
      return store.write(written, etag);
    };
    await hold({ store: { ...store, write } });
    store.writeFaults.push('no-answer', 'no-answer');
    await pass(5_000);
    assert.deepEqual([limits, store.reads(), leftMs()], [[2_000, 2_000, 2_000], 0, 15_000]);
    const failed = { name: 'rotation.heartbeat_failed', account: 'default', code: 'store_timed_out' };
    assert.deepEqual(events, [failed, failed]);
    store.writeFaults.push('no-answer', 'no-answer', 'no-answer');
    await pass(5_000);
    await pass(5_000);
    assert.deepEqual([limits.length, leftMs()], [7, 15_000], 'three times, and 5 s later again');
  });

  it('are not repeated past the deadline', async () => {
    const { store } = scene.bench;
    const write: typeof store.write = async (written, etag) => {
      if (scene.bench.nowMs() < row().createdAtMs + 55_000) return store.write(written, etag);
      scene.bench.pass(5_000);
      store.writeFaults.push('no-answer');
      return store.write(written, etag);
    };
    await hold({ store: { ...store, write } });
    for (let beats = 1; beats <= 11; beats += 1) await pass(5_000);
    assert.deepEqual([writes(), row().lease?.expiresAtMs], [11, row().createdAtMs + 65_000]);
  });

  for (const fault of ['changed-before', 'lost-answer'] as const) {
    it(`are repeated after a conflict under their own lease: ${fault}`, async () => {
      const { lease } = await hold();
      scene.bench.store.writeFaults.push(fault);
      await pass(5_000);
      await pass(5_000);
      assert.deepEqual([leftMs(), row().lease?.id], [15_000, 'mine']);
      assert.equal(await lease.checkSend(), 'ok');
    });
  }

  const losses: [what: string, lose: () => Promise<void>][] = [
    ["is another worker's", () => change({ lease: { id: 'other', expiresAtMs: scene.bench.nowMs() + 15_000 } })],
    ['has ended in the row', () => change({ lease: undefined })],
    ['was deleted with the row', async () => scene.bench.store.forget('default')],
  ];
  for (const [what, lose] of losses) {
    it(`end, and change nothing, if the lease ${what}`, async () => {
      const { lease } = await hold();
      assert.equal(await lease.checkSend(), 'ok');
      await lose();
      const before = scene.bench.store.peek();
      await pass(5_000);
      const after = writes();
      await pass(5_000);
      assert.deepEqual([scene.bench.store.peek(), writes()], [before, after]);
      assert.equal(await lease.checkSend(), 'lease_lost');
    });
  }

  const failures: [what: string, error: Error, event: string][] = [
    ['403', new StoreError('The table refused a write', 'store_access_denied'), 'rotation.heartbeat_failed'],
    ['a bug', new TypeError('a bug'), 'invocation.failed'],
  ];
  for (const [what, error, event] of failures) {
    it(`never reject, and continue after a failure: ${what}`, async () => {
      const { store, events } = scene.bench;
      let isBroken = true;
      const write: typeof store.write = (...args) => (isBroken ? Promise.reject(error) : store.write(...args));
      const { lease } = await hold({ store: { ...store, write } });
      await pass(5_000); // an unhandled rejection would fail this test
      assert.equal(events[0]?.name, event);
      isBroken = false;
      await pass(5_000);
      assert.equal(leftMs(), 15_000);
      assert.equal(await lease.checkSend(), 'ok');
    });
  }

  it('never reject if the read after a conflict fails', async () => {
    const { store } = scene.bench;
    const read = () => Promise.reject(new StoreError('The token table cannot be read', 'store_access_denied'));
    const { lease } = await hold({ store: { ...store, read } });
    store.writeFaults.push('changed-before');
    await pass(5_000);
    assert.equal(await lease.checkSend(), 'ok', 'the lease of the claim has not ended');
  });
});

describe('a send under a lease', () => {
  it('renews a lease first that was confirmed with less than 10 s left', async () => {
    const { lease } = await hold({}, 5_001);
    assert.equal(await lease.checkSend(), 'ok');
    assert.deepEqual([writes(), leftMs()], [1, 15_000]);
  });

  it('writes nothing under a lease that was confirmed in time', async () => {
    const { lease } = await hold({ sleep: () => new Promise(() => undefined) }, 5_000);
    assert.equal(await lease.checkSend(), 'ok');
    scene.bench.pass(9_999); // sent once, the lease need only be valid
    assert.equal(await lease.checkSend(), 'ok');
    assert.equal(writes(), 0);
  });

  it('renews a lease first that has ended, and is not made until that is confirmed', async () => {
    const { store } = scene.bench;
    const { lease } = await hold({ sleep: () => new Promise(() => undefined) });
    await pass(15_000);
    store.down = true;
    assert.equal(await lease.checkSend(), 'lease_lost');
    store.down = false;
    assert.equal(await lease.checkSend(), 'ok');
    assert.equal(leftMs(), 15_000);
  });

  it('is not made past the deadline of 60 s, which counts from the start of the claim', async () => {
    const { lease, deadlines } = await hold({}, 1_000);
    assert.deepEqual(deadlines, [59_000]);
    for (let seconds = 1; seconds < 60; seconds += 1) {
      assert.equal(await lease.checkSend(), 'ok');
      await pass(1_000);
    }
    const before = writes();
    assert.equal(await lease.checkSend(), 'deadline_missed');
    assert.equal(writes(), before);
  });

  it('has no later deadline, and no longer lease, if the clock is set back', async () => {
    let setBackMs = 0;
    const nowMs = () => scene.bench.nowMs() - setBackMs;
    const { lease } = await hold({ nowMs, sleep: () => new Promise(() => undefined) });
    setBackMs = 3_600_000;
    await pass(15_000);
    assert.equal(await lease.checkSend(), 'ok');
    assert.equal(writes(), 1, 'it had ended');
    await pass(45_000);
    assert.equal(await lease.checkSend(), 'deadline_missed');
  });
});

describe('a watch over leases', () => {
  it('tells how long a lease was seen unchanged: neither its worker nor its end', () => {
    let steadyMs = 0;
    const watch = watchLeases(() => steadyMs);
    const lease = { id: 'one', expiresAtMs: 15_000 };
    assert.equal(watch('default', lease), 0);
    steadyMs = 4_000;
    assert.deepEqual([watch('default', { ...lease }), watch('other', lease)], [4_000, 0]);
    assert.equal(watch('default', { ...lease, expiresAtMs: 20_000 }), 0);
    steadyMs = 5_000;
    assert.equal(watch('default', { id: 'two', expiresAtMs: 20_000 }), 0);
    assert.equal(watch('default', undefined), 0);
    steadyMs = 6_000;
    assert.equal(watch('default', { id: 'two', expiresAtMs: 20_000 }), 0, 'it was gone meanwhile');
  });
});
