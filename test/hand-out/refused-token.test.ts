import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type HandOut, handOutToken } from '../../src/hand-out/hand-out.ts';
import { replaceRefusedToken } from '../../src/hand-out/refused-token.ts';
import { createRowMemory } from '../../src/hand-out/row-memory.ts';
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
  it('receives a newer token at once, however young the refused one is and however long it is valid', async () => {
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
    it(`waits ${seconds} s more if a report created that generation ${ageMs} ms ago`, async () => {
      await report(1);
      bench.pass(ageMs);
      assert.equal(generationOf(await report(2)), `rotated_recently ${seconds}`);
      assert.deepEqual(requests(), { login: 1, refresh: 1 });
    });
  }

  it('waits no longer if that report led to a login, and not if a caller or the timer rotated since', async () => {
    bench.simulator.revoke('refresh');
    assert.equal(generationOf(await report(1)), 2);
    assert.equal(generationOf(await report(2)), 'rotated_recently 30', 'the trigger counts');
    bench.pass(11.5 * HOUR_MS);
    assert.equal((await bench.check()).result, 'done');
    assert.equal(generationOf(await report(3)), 4);
  });

  it('rotates once per cool-down if the caller is refused for ever, however often and on how many instances', async () => {
    const memory = createRowMemory({ store: bench.store, nowMs: bench.nowMs, steadyMs: bench.nowMs, cacheMs: 5_000 });
    const { store, highestGeneration: generationSeen } = memory;
    const elsewhere = { ...parts(), memory, rotator: bench.anotherRotator({ store, generationSeen }) };
    for (let second = 0; second < 300; second += 1) {
      bench.pass(1_000);
      for (const instance of [parts(), elsewhere]) {
        await replaceRefusedToken(instance, { account: 'default', generation: bench.store.peek()?.generation ?? 0 });
      }
    }
    assert.deepEqual(requests(), { login: 1, refresh: 10 });
  });

  it('receives 503 if its rotation fails, and never the token that it reported', async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
    assert.equal(generationOf(await report(1)), 'token_unavailable 5');
    assert.equal(bench.memory.recall('default').stored?.row.generation, 1);
  });

  it('waits for the back-off after that', async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
    await report(1);
    bench.pass(1_001);
    assert.equal(generationOf(await report(1)), 'token_unavailable 4');
    bench.pass(3_999);
    assert.equal(generationOf(await report(1)), 2);
  });

  it("waits as long as Quartile's Retry-After asks", async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.addFault({
      on: 'refresh',
      fault: { kind: 'status', status: 429, headers: { 'retry-after': '120' } },
    });
    assert.equal(generationOf(await report(1)), 'token_unavailable 120');
    bench.pass(20_000);
    assert.equal(generationOf(await report(1)), 'token_unavailable 100');
  });

  it('receives 503 while refused credentials wait', async () => {
    bench.pass(COOLDOWN_MS);
    bench.simulator.revoke('refresh');
    bench.simulator.changeSettings({ password: 'another password' });
    await report(1);
    bench.pass(60_000);
    assert.equal(generationOf(await report(1)), 'token_unavailable 300');
  });

  it('receives store_unavailable if the table does not answer', async () => {
    bench.pass(COOLDOWN_MS);
    bench.store.down = true;
    assert.equal(generationOf(await report(1)), 'store_unavailable 5');
    assert.equal(requests().refresh, 0);
  });

  it('waits no longer than 25 s, and its rotation continues', async () => {
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

  it('rotates after it joined a check that found nothing due', async () => {
    bench.pass(COOLDOWN_MS);
    const check = bench.check();
    const reported = report(1);
    assert.equal((await check).result, 'not-due');
    assert.equal(generationOf(await reported), 2);
  });

  it('is logged once, without a token', async () => {
    bench.pass(COOLDOWN_MS);
    await report(1);
    const logged = bench.events.filter(({ name }) => name === 'token.reported');
    assert.deepEqual(logged, [{ name: 'token.reported', account: 'default', generation: 1 }]);
  });
});

describe('a report of a generation that this instance has not seen', () => {
  /** Another instance writes a generation. */
  const putGeneration = async (generation: number) => {
    const stored = await bench.store.read('default');
    assert.ok(stored);
    await bench.store.write({ ...stored.row, generation, writeId: `of ${generation}` }, stored.etag);
  };

  it('renews it, however recently this instance has read the one before', async () => {
    bench.pass(COOLDOWN_MS);
    await bench.check(); // finds nothing due
    await putGeneration(2);
    assert.equal(generationOf(await report(2)), 3);
  });

  it('receives no older token from memory if the table does not answer', async () => {
    bench.pass(COOLDOWN_MS);
    bench.store.down = true;
    assert.equal(generationOf(await report(2)), 'store_unavailable 5');
  });

  it('receives no older token from memory if the row was deleted and the login fails', async () => {
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

  it('receives the newer token from memory, without a read or a rotation, even while that is young', async () => {
    const [reads, before] = [bench.store.reads(), requests()];
    assert.deepEqual([generationOf(await report(1)), generationOf(await report(0))], [2, 2]);
    assert.deepEqual([bench.store.reads(), requests()], [reads, before]);
  });

  it('is answered from memory only within CACHE_SECONDS: another instance may have rotated since', async () => {
    bench.pass(HOUR_MS);
    const occasion = { trigger: 'report', refusedGeneration: 2 } as const;
    assert.equal((await bench.anotherRotator().rotate(bench.request(occasion))).result, 'done');
    assert.equal(generationOf(await report(1)), 3);
  });

  it('receives it from the table if this instance does not know it yet', async () => {
    const stored = await bench.store.read('default');
    assert.ok(stored);
    await bench.store.write({ ...stored.row, generation: 3 }, stored.etag);
    const before = requests();
    assert.equal(generationOf(await report(2)), 3);
    assert.deepEqual(requests(), before);
    assert.equal(generationOf(await handOutToken(parts(), { account: 'default', minTtlSeconds: undefined })), 3);
  });
});
