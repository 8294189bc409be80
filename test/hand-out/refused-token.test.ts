import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type HandOut, handOutToken } from '../../src/hand-out/hand-out.ts';
import { replaceRefusedToken } from '../../src/hand-out/refused-token.ts';
import { HOUR_MS, openWorkbench, type Workbench } from '../rotation/workbench.ts';

const COOLDOWN_MS = 30_000;

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench({ cacheMs: 15_000, cooldownMs: COOLDOWN_MS });
  await bench.check();
});
afterEach(() => bench.close());

const parts = () => ({ ...bench, sleep: bench.sleepUntilPassed });
const report = (generation: number) => replaceRefusedToken(parts(), { account: 'default', generation });
const requests = () => bench.simulator.stats().requests;

function generationOf(answer: HandOut): number | string {
  return answer.result === 'token' ? answer.token.generation : `${answer.code} ${answer.retryAfterSeconds}`;
}

describe('a report of the current generation', () => {
  it('gets a newer token, however long the refused one lives', async () => {
    bench.pass(COOLDOWN_MS);
    const answer = await report(1);
    assert.ok(answer.result === 'token');
    assert.deepEqual([answer.token.generation, answer.token.lifeMs], [2, 12 * HOUR_MS]);
    assert.equal(bench.simulator.checkAccessToken(answer.token.accessToken).live, true);
    assert.deepEqual(requests(), { login: 1, refresh: 1 });
  });

  for (const [ageMs, seconds] of [
    [0, 30],
    [1, 30],
    [10_000, 20],
    [29_000, 1],
    [29_999, 1],
  ] as const) {
    it(`has to wait ${seconds} s more where that is ${ageMs} ms old`, async () => {
      bench.pass(ageMs);
      assert.equal(generationOf(await report(1)), `rotated_recently ${seconds}`);
      assert.deepEqual(requests(), { login: 1, refresh: 0 });
    });
  }

  it('cannot rotate more often than the cool-down allows, however often it comes', async () => {
    for (let second = 0; second < 300; second += 1) {
      bench.pass(1_000);
      await report(bench.store.peek()?.generation ?? 0);
    }
    assert.deepEqual(requests(), { login: 1, refresh: 10 });
  });

  it('is told so without a look at the table, where there was one less than a second ago', async () => {
    bench.pass(1_000);
    const reads = bench.store.reads();
    for (let count = 0; count < 500; count += 1) assert.equal(generationOf(await report(1)), 'rotated_recently 29');
    assert.equal(bench.store.reads(), reads + 1);
    bench.pass(1_000);
    await report(1);
    assert.equal(bench.store.reads(), reads + 2);
  });

  it('gets 503 where its rotation fails, and never the token that it reported', async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
    assert.equal(generationOf(await report(1)), 'token_unavailable 5');
    assert.equal(bench.memory.recall('default').stored?.row.generation, 1);
  });

  it('has to wait for the back-off after that', async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
    await report(1);
    bench.pass(1_001);
    assert.equal(generationOf(await report(1)), 'rotated_recently 4');
    bench.pass(3_999);
    assert.equal(generationOf(await report(1)), 2);
  });

  it('has to wait for what Retry-After asked for', async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.addFault({
      on: 'refresh',
      fault: { kind: 'status', status: 429, headers: { 'retry-after': '120' } },
    });
    assert.equal(generationOf(await report(1)), 'token_unavailable 120');
    bench.pass(20_000);
    assert.equal(generationOf(await report(1)), 'rotated_recently 100');
  });

  it('gets 503 while refused credentials wait', async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.revoke('refresh');
    bench.simulator.changeSettings({ password: 'another password' });
    await report(1);
    bench.pass(60_000);
    assert.equal(generationOf(await report(1)), 'token_unavailable 300');
  });

  it('says that the store is out of reach', async () => {
    bench.pass(COOLDOWN_MS);
    bench.store.down = true;
    assert.equal(generationOf(await report(1)), 'store_unavailable 5');
    assert.equal(requests().refresh, 0);
  });

  it('waits no longer than 25 s, and its rotation goes on without it', async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.addFault({ on: 'refresh', fault: { kind: 'hold', processed: true } });
    const reported = report(1);
    while (bench.simulator.stats().held === 0) await bench.turn();
    bench.pass(25_000);
    assert.equal(generationOf(await reported), 'token_unavailable 5');
    bench.simulator.release();
    while (bench.store.peek()?.generation !== 2) await bench.turn();
    assert.equal(generationOf(await report(1)), 2);
    assert.equal(requests().refresh, 1);
  });

  it('rotates though it joined a check that found nothing due', async () => {
    bench.pass(COOLDOWN_MS);
    const check = bench.check();
    const reported = report(1);
    assert.equal((await check).result, 'not-due');
    assert.equal(generationOf(await reported), 2);
  });

  it('is told of once, and names no token', async () => {
    bench.pass(COOLDOWN_MS);
    await report(1);
    const told = bench.events.filter(({ name }) => name === 'token.reported');
    assert.deepEqual(told, [{ name: 'token.reported', account: 'default', generation: 1 }]);
  });
});

describe('a report of a generation that this instance has not seen', () => {
  /** As if another instance had written it. */
  const putGeneration = async (generation: number) => {
    const stored = await bench.store.read('default');
    assert.ok(stored);
    await bench.store.write({ ...stored.row, generation, writeId: `of ${generation}` }, stored.etag);
  };

  it('renews it, however lately this instance has read the one before', async () => {
    bench.pass(COOLDOWN_MS);
    await bench.check(); // finds nothing due
    await putGeneration(2);
    assert.equal(generationOf(await report(2)), 3);
  });

  it('gets no older token from memory where the table is out of reach', async () => {
    bench.pass(COOLDOWN_MS);
    bench.store.down = true;
    assert.equal(generationOf(await report(2)), 'store_unavailable 5');
  });

  it('gets no older token from memory where the row is gone and the login fails', async () => {
    bench.pass(COOLDOWN_MS);
    bench.store.forget('default');
    bench.simulator.addFault({ on: 'login', fault: { kind: 'status', status: 500 } });
    assert.match(String(generationOf(await report(2))), /^token_unavailable /);
  });
});

describe('a report of an older generation', () => {
  beforeEach(async () => {
    bench.pass(COOLDOWN_MS);
    await report(1);
  });

  it('gets the newer token from memory, without a look and without a call, even while that is young', async () => {
    const [reads, before] = [bench.store.reads(), requests()];
    assert.deepEqual([generationOf(await report(1)), generationOf(await report(0))], [2, 2]);
    assert.deepEqual([bench.store.reads(), requests()], [reads, before]);
  });

  it('gets it from the table, where this instance does not know it yet', async () => {
    const stored = await bench.store.read('default');
    assert.ok(stored);
    await bench.store.write({ ...stored.row, generation: 3 }, stored.etag);
    const before = requests();
    assert.equal(generationOf(await report(2)), 3);
    assert.deepEqual(requests(), before);
    assert.equal(generationOf(await handOutToken(parts(), { account: 'default', minTtlSeconds: undefined })), 3);
  });
});
