import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { handOutToken } from '../../src/hand-out/hand-out.ts';
import { judgeHealth } from '../../src/hand-out/health.ts';
import { replaceRefusedToken } from '../../src/hand-out/refused-token.ts';
import { createRowMemory } from '../../src/hand-out/row-memory.ts';
import { HOUR_MS, openWorkbench, type Workbench } from '../rotation/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench({ cacheMs: 15_000, cooldownMs: 30_000 });
});
afterEach(() => bench.close());
const account = 'default';
const parts = () => ({ ...bench, sleep: bench.sleepUntilPassed });
const ask = (minTtlSeconds?: number) => handOutToken(parts(), { account, minTtlSeconds });
const report = (generation: number) => replaceRefusedToken(parts(), { account, generation });

describe('the hand-out at odd moments', () => {
  it('a worker that was stalled past its deadline between claim and send fails, and sends nothing', async () => {
    await bench.check();
    bench.pass(11 * HOUR_MS);
    const write: typeof bench.store.write = async (row, etag) => {
      const written = await bench.store.write(row, etag);
      bench.pass(60_001);
      return written;
    };
    const rotator = bench.anotherRotator({
      store: { ...bench.store, write },
      abortAfter: (ms) => AbortSignal.timeout(ms),
    });
    const rotation = await rotator.rotate(bench.request());
    assert.ok(rotation.result === 'failed');
    assert.equal(rotation.code, 'deadline_missed');
  });
  it('a report of an older generation rotates if the newer token has expired', async () => {
    await bench.check();
    bench.pass(30_000);
    await report(1);
    bench.pass(13 * HOUR_MS);
    const answer = await report(1);
    assert.ok(answer.result === 'token', JSON.stringify(answer));
  });
  it('a caller that joins the check of such a report still receives a token', async () => {
    await bench.check();
    bench.pass(30_000);
    await report(1);
    bench.pass(13 * HOUR_MS);
    const [, answer] = await Promise.all([
      bench.rotator.rotate(bench.request({ trigger: 'report', refusedGeneration: 1 })),
      ask(),
    ]);
    assert.ok(answer.result === 'token', JSON.stringify(answer));
  });
  it('the timer that joins a held-back caller still tries', async () => {
    bench.simulator.addFault({ on: 'login', fault: { kind: 'status', status: 500 } });
    await ask();
    bench.pass(1000);
    const [caller, timer] = await Promise.all([bench.check({ trigger: 'caller' }), bench.check({ trigger: 'timer' })]);
    assert.equal(caller.result, 'held-back');
    assert.equal(timer.result, 'done');
  });
  it('a report of an older generation that joins a failing rotation receives the newer, valid token', async () => {
    await bench.check();
    bench.pass(30_000);
    const stored = await bench.store.read(account);
    assert.ok(stored?.row.tokens.state === 'held');
    const set = { ...stored.row.tokens.set, accessExpiresAtMs: bench.nowMs() + 1_800_000 };
    await bench.store.write({ ...stored.row, generation: 2, tokens: { state: 'held', set } }, stored.etag);
    bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'status', status: 500 } });
    const check = bench.check();
    const answer = await report(1);
    await check;
    assert.ok(answer.result === 'token', JSON.stringify(answer));
  });
  it('an unreadable row: degraded while this instance has a valid token, which is served', async () => {
    await bench.check();
    bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'status', status: 500 } });
    bench.pass(60_000);
    const stored = await bench.store.read(account);
    assert.ok(stored);
    await bench.store.write(
      { ...stored.row, tokens: { state: 'unreadable', reason: 'not_authentic', sealed: { tokens: 'x' } } },
      stored.etag,
    );
    const known = await bench.memory.read(account);
    const { status } = judgeHealth(known, {
      schedule: '0 */30 * * * *',
      fingerprints: ['x'],
      savePending: false,
      nowMs: bench.nowMs(),
    });
    const answer = await ask();
    assert.deepEqual([status, answer.result], ['degraded', 'token']);
    assert.ok(answer.result === 'token');
    assert.equal(answer.from, 'cache');
    assert.equal((await bench.check()).result, 'failed');
    await bench.memory.read(account);
    const after = await ask();
    assert.ok(after.result === 'token');
    assert.equal(after.token.stale, true, 'its replacement failed');
  });
  it('a deleted row: degraded while this instance has a valid token, which is served', async () => {
    await bench.check();
    bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'status', status: 500 } });
    bench.pass(60_000);
    bench.store.forget(account);
    for (const reasons of [['pair_missing'], ['pair_missing', 'last_rotation_failed']]) {
      const known = await bench.memory.read(account);
      const health = judgeHealth(known, {
        schedule: '0 */30 * * * *',
        fingerprints: ['x'],
        savePending: false,
        nowMs: bench.nowMs(),
      });
      assert.deepEqual(health, { status: 'degraded', reasons });
      assert.equal((await ask()).result, 'token');
      await bench.check();
    }
  });
  it('a hanging table does not delay a token with 4 s left until it has expired', async () => {
    const read = async (): Promise<never> => {
      await bench.sleepUntilPassed(5_000);
      throw new Error('x');
    };
    let hangs = false;
    const store = { ...bench.store, read: (a: string) => (hangs ? read() : bench.store.read(a)) };
    const memory = createRowMemory({ store, nowMs: bench.nowMs, steadyMs: bench.nowMs, cacheMs: 15_000 });
    await bench.check();
    await memory.read(account);
    bench.pass(12 * HOUR_MS - 4_000);
    hangs = true;
    const asked = handOutToken({ ...parts(), memory }, { account, minTtlSeconds: undefined });
    await bench.turn();
    bench.pass(2_000);
    for (let i = 0; i < 20; i++) await bench.turn();
    const first = await Promise.race([asked, bench.turn().then(() => 'still waiting')]);
    assert.notEqual(first, 'still waiting');
  });
});

describe('the rotation at odd moments', () => {
  const OLD_REPORT = { trigger: 'report', refusedGeneration: 0 } as const;

  for (const column of ['nextAttemptAtMs', 'retryAfterUntilMs'] as const) {
    it(`is not held back for a day by a ${column} that a broken clock wrote`, async () => {
      await bench.check();
      bench.pass(13 * HOUR_MS);
      const stored = await bench.store.read(account);
      assert.ok(stored);
      await bench.store.write({ ...stored.row, [column]: bench.nowMs() + 24 * HOUR_MS }, stored.etag);
      assert.equal((await bench.check({ trigger: 'caller' })).result, 'done');
    });
  }

  it('is not held back for a year by a breaker that a broken clock wrote', async () => {
    await bench.check();
    bench.pass(15 * 24 * HOUR_MS);
    const stored = await bench.store.read(account);
    assert.ok(stored);
    const [fingerprint] = bench.parts.rules.fingerprints;
    const nextLoginAtMs = bench.nowMs() + 300 * 24 * HOUR_MS;
    const loginBreaker = { refusals: 1, code: 'credentials_refused', fingerprint, nextLoginAtMs };
    await bench.store.write({ ...stored.row, loginBreaker }, stored.etag);
    assert.equal((await bench.check()).result, 'done');
  });

  it('is done by the timer that joins the check of an old report, if it is due', async () => {
    await bench.check();
    bench.pass(11.5 * HOUR_MS);
    const [, timer] = await Promise.all([bench.check(OLD_REPORT), bench.check()]);
    assert.equal(timer.result, 'done');
  });

  it('is done for a caller with min_ttl that joins such a check', async () => {
    await bench.check();
    bench.pass(11.5 * HOUR_MS);
    await bench.memory.read(account);
    const [, answer] = await Promise.all([bench.check(OLD_REPORT), ask(3_600)]);
    assert.equal(answer.result, 'token');
  });

  it('is tried by the timer that joins a caller who may not log in', async () => {
    await bench.check();
    bench.pass(15 * 24 * HOUR_MS);
    const stored = await bench.store.read(account);
    assert.ok(stored?.row.tokens.state === 'held');
    const [fingerprint] = bench.parts.rules.fingerprints;
    const loginBreaker = { refusals: 1, code: 'credentials_refused', fingerprint, nextLoginAtMs: bench.nowMs() - 1 };
    const set = { ...stored.row.tokens.set, refreshExpiresAtMs: bench.nowMs() + HOUR_MS };
    await bench.store.write({ ...stored.row, loginBreaker, tokens: { state: 'held', set } }, stored.etag);
    bench.simulator.revoke('refresh');
    const [caller, timer] = await Promise.all([bench.check({ trigger: 'caller' }), bench.check()]);
    assert.deepEqual([caller.result, timer.result], ['failed', 'done']);
  });

  it('is done again for a report of the generation that the timer has just created', async () => {
    const [, answer] = await Promise.all([bench.check(), report(1)]);
    assert.ok(answer.result === 'token', JSON.stringify(answer));
    assert.equal(answer.token.generation, 2);
  });

  it('is not held back by a creation time in the far future', async () => {
    await bench.check();
    bench.pass(13 * HOUR_MS);
    const stored = await bench.store.read(account);
    assert.ok(stored);
    await bench.store.write({ ...stored.row, refreshedAtMs: bench.nowMs() + 24 * HOUR_MS }, stored.etag);
    assert.equal((await bench.check({ trigger: 'caller' })).result, 'done');
  });

  it('serves the last known token if the row was deleted and Quartile fails', async () => {
    await bench.check();
    bench.store.forget(account);
    bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'status', status: 500 } });
    bench.pass(60_000);
    assert.equal((await ask()).result, 'token');
  });

  it('leaves the mark of a timer that is held back', async () => {
    bench.simulator.changeSettings({ password: 'another password' });
    for (let refusals = 0; refusals < 3; refusals += 1) {
      assert.equal((await bench.check()).result, 'failed');
      bench.pass(56 * 60_000);
    }
    assert.equal((await bench.check()).result, 'held-back');
    assert.equal(bench.store.peek()?.lastCheckAtMs, bench.nowMs());
  });
});
