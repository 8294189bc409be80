import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type HandOut, handOutToken } from '../../src/hand-out/hand-out.ts';
import { createRowMemory } from '../../src/hand-out/row-memory.ts';
import type { RenewParts } from '../../src/hand-out/renew.ts';
import { HOUR_MS, openWorkbench, type Workbench } from '../rotation/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench({ cacheMs: 5_000, cooldownMs: 30_000 });
});
afterEach(() => bench.close());

const ask = (changes: Partial<RenewParts> = {}): Promise<HandOut> =>
  handOutToken(
    { ...bench, sleep: bench.sleepUntilPassed, ...changes },
    { account: 'default', minTtlSeconds: undefined },
  );
const heldRequests = () => bench.simulator.stats().held;

function generationOf(answer: HandOut): number | string {
  return answer.result === 'token' ? answer.token.generation : answer.code;
}

/** Tells whether something has settled without time passing. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  for (let turns = 0; turns < 20; turns += 1) await bench.turn();
  return Promise.race([promise.then(() => true), bench.turn().then(() => false)]);
}

/** Another worker claims the row and is killed. Its clock is a second ahead. */
async function killHolder(): Promise<void> {
  const stored = await bench.store.read('default');
  assert.ok(stored);
  const lease = { id: 'of a killed worker', expiresAtMs: bench.nowMs() + 16_000 };
  await bench.store.write({ ...stored.row, lease }, stored.etag);
}

describe('a caller that waits from the moment at which the holder of the lease is killed', () => {
  it('takes over after 15 s, and receives a token within its 25 s', async () => {
    await bench.check();
    bench.pass(12 * HOUR_MS);
    await killHolder();
    const asked = ask();
    const fromMs = bench.nowMs();
    while (!(await isSettled(asked)) && bench.nowMs() - fromMs < 30_000) bench.pass(100);
    assert.equal(generationOf(await asked), 2);
    const waitedMs = bench.nowMs() - fromMs;
    assert.ok(waitedMs >= 15_000 && waitedMs <= 16_000, `${waitedMs} ms`);
  });
});

describe('a renewal for a caller', () => {
  it('uses the row that the call has just read', async () => {
    await bench.check();
    bench.pass(12 * HOUR_MS);
    const [reads, writes] = [bench.store.reads(), bench.store.writes()];
    assert.equal(generationOf(await ask()), 2);
    assert.deepEqual([bench.store.reads() - reads, bench.store.writes() - writes], [1, 2]);
  });

  it('never uses a row from memory: another instance may have changed it', async () => {
    await bench.check();
    await ask();
    bench.pass(4_000); // the memory is still fresh
    const rotator = bench.anotherRotator();
    await rotator.rotate(bench.request({ trigger: 'report', refusedGeneration: 1 }));
    const before = bench.simulator.stats().requests;
    const request = { account: 'default', minTtlSeconds: 43_198 }; // more than the known token has left
    const answer = await handOutToken({ ...bench, sleep: bench.sleepUntilPassed }, request);
    assert.equal(generationOf(answer), 2);
    assert.deepEqual(bench.simulator.stats().requests, before);
  });
});

describe('the wait for the renewal of a token with less than a minute left, while Quartile hangs', () => {
  beforeEach(async () => {
    await bench.check();
    bench.pass(12 * HOUR_MS - 40_000);
    bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'hold', processed: false } });
  });

  it('is one per instance and attempt: later calls are served at once from memory', async () => {
    const first = ask();
    while (heldRequests() === 0) await bench.turn();
    bench.pass(1_000);
    const second = ask();
    assert.equal(await isSettled(second), false);
    bench.pass(2_000);
    assert.deepEqual([generationOf(await first), generationOf(await second)], [1, 1]);
    const reads = bench.store.reads();
    for (let count = 0; count < 100; count += 1) assert.equal(generationOf(await ask()), 1);
    bench.pass(1_000);
    assert.equal(await isSettled(ask()), true);
    assert.ok(bench.store.reads() - reads <= 1, 'one read in the background, for the cache');
  });

  it('is one more for the next attempt', async () => {
    const first = ask();
    while (heldRequests() === 0) await bench.turn();
    bench.pass(3_000);
    await first;
    bench.simulator.clearFaults();
    bench.simulator.addFault({ on: 'login', fault: { kind: 'status', status: 500 } });
    bench.simulator.revoke('refresh');
    bench.simulator.release();
    while (bench.store.peek()?.consecutiveFailures !== 1) await bench.turn();
    assert.equal(await isSettled(ask()), true, 'served while the back-off lasts');
    bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'hold', processed: false } });
    bench.pass(6_000);
    const next = ask();
    while (heldRequests() === 0) await bench.turn();
    assert.equal(await isSettled(next), false);
    bench.pass(3_000);
    assert.equal(generationOf(await next), 1);
  });

  it('is 3 s with the read of the table that came first', async () => {
    const read: typeof bench.store.read = async (account) => {
      await bench.sleepUntilPassed(2_000);
      return bench.store.read(account);
    };
    const { nowMs, steadyMs } = bench;
    const memory = createRowMemory({ store: { ...bench.store, read }, nowMs, steadyMs, cacheMs: 5_000 });
    const asked = ask({ memory });
    assert.equal(await isSettled(asked), false);
    bench.pass(2_000);
    while (heldRequests() === 0) await bench.turn();
    assert.equal(await isSettled(asked), false);
    bench.pass(1_000);
    assert.equal(await isSettled(asked), true);
  });
});

describe('the Retry-After of a caller', () => {
  it('is spread over 3 s, or a fifth of the wait if that is longer', async () => {
    bench.simulator.addFault({ on: 'any', fault: { kind: 'status', status: 500 } });
    const seconds = async (random: number) => {
      const answer = await ask({ random: () => random });
      return answer.result === 'unavailable' && answer.retryAfterSeconds;
    };
    assert.deepEqual([await seconds(0), await seconds(0.5), await seconds(0.99)], [5, 7, 8]);
    bench.pass(5_000);
    bench.simulator.addFault({ on: 'any', fault: { kind: 'status', status: 429, headers: { 'retry-after': '90' } } });
    assert.deepEqual([await seconds(0), await seconds(0.5), await seconds(0.99)], [90, 99, 108]);
  });
});
