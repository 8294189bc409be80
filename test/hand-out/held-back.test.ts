import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { handOutToken } from '../../src/hand-out/hand-out.ts';
import { HOUR_MS, MINUTE_MS, openWorkbench, type Workbench } from '../rotation/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench({ cacheMs: 15_000, cooldownMs: 30_000 });
});
afterEach(() => bench.close());

const requests = () => bench.simulator.stats().requests;
const upstreamFails = (status = 500, headers = {}) =>
  bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'status', status, headers } });

/** The generation that a caller gets, or why it gets none and when to ask again. */
async function ask(minTtlSeconds?: number): Promise<string | number> {
  const request = { account: 'default', minTtlSeconds };
  const answer = await handOutToken({ ...bench, sleep: bench.sleepUntilPassed }, request);
  if (answer.result === 'token') return answer.token.generation;
  return `${answer.code} ${answer.retryAfterSeconds}`;
}

describe('a caller whose token may not be renewed yet', () => {
  it('is told when the cool-down is over', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 10 });
    await bench.check();
    bench.pass(10_000);
    assert.equal(await ask(), 'token_unavailable 20');
    bench.pass(19_999);
    assert.equal(await ask(), 'token_unavailable 1');
    assert.deepEqual(requests(), { login: 1, refresh: 0 });
    bench.pass(1);
    assert.equal(await ask(), 2);
  });

  it('is told so too where only its min_ttl is not met', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 1_000 });
    await bench.check();
    assert.equal(await ask(1_001), 'token_unavailable 30');
    assert.equal(await ask(1_000), 1);
  });

  it('is told when the back-off is over, and starts no attempt before', async () => {
    upstreamFails();
    assert.equal(await ask(), 'token_unavailable 5');
    bench.pass(3_000);
    assert.equal(await ask(), 'token_unavailable 2');
    assert.equal(requests().login, 1);
    bench.pass(2_000);
    assert.equal(await ask(), 'token_unavailable 10');
    assert.equal(requests().login, 2);
  });

  it('is told what Retry-After asked for', async () => {
    upstreamFails(429, { 'retry-after': '90' });
    assert.equal(await ask(), 'token_unavailable 90');
    bench.pass(30_000);
    assert.equal(await ask(), 'token_unavailable 60');
  });

  it('is never told to wait longer than 5 min', async () => {
    upstreamFails(429, { 'retry-after': '301' });
    assert.equal(await ask(), 'token_unavailable 300');
    bench.pass(1_001);
    assert.equal(await ask(), 'token_unavailable 300');
    bench.pass(1_000);
    assert.equal(await ask(), 'token_unavailable 299');
  });

  it('is told so too while refused credentials wait for hours, and never tries them itself', async () => {
    bench.simulator.changeSettings({ password: 'another password' });
    await bench.check();
    bench.pass(5 * MINUTE_MS);
    assert.equal(await ask(), 'token_unavailable 300');
    bench.pass(19 * MINUTE_MS);
    assert.equal(await ask(), 'token_unavailable 60');
    bench.pass(HOUR_MS);
    assert.match(String(await ask()), /^token_unavailable [1-9]/);
    assert.equal(requests().login, 1);
  });

  it('is told so without a look at the table, where there was one less than a second ago', async () => {
    upstreamFails(429, { 'retry-after': '90' });
    await ask();
    bench.pass(1_000);
    const reads = bench.store.reads();
    for (let count = 0; count < 500; count += 1) assert.equal(await ask(), 'token_unavailable 89');
    assert.equal(bench.store.reads(), reads + 2);
    const elsewhere = bench.anotherRotator();
    bench.simulator.clearFaults();
    bench.pass(89_000);
    assert.equal((await elsewhere.rotate(bench.request())).result, 'done');
    assert.equal(await ask(), 1, 'renewed elsewhere');
  });

  it('gets the token that still lives, at once', async () => {
    await bench.check();
    bench.pass(12 * HOUR_MS - 30_000);
    upstreamFails();
    assert.equal(await ask(), 1);
    const before = requests();
    assert.equal(await ask(), 1);
    assert.deepEqual(requests(), before);
  });

  it('does not keep the timer from trying', async () => {
    upstreamFails();
    await ask();
    bench.simulator.clearFaults();
    assert.equal((await bench.check()).result, 'done');
    bench.pass(1_000);
    assert.equal(await ask(), 1);
  });
});

describe('a caller whose min_ttl is more than new tokens live', () => {
  it('gets one renewal, and no other one as long as a token lives', async () => {
    await bench.check();
    bench.simulator.changeSettings({ accessLifeSeconds: 3_599 });
    bench.pass(11.5 * HOUR_MS);
    assert.match(String(await ask(3_600)), /^token_unavailable/);
    for (let minute = 1; minute < 59; minute += 1) {
      bench.pass(MINUTE_MS);
      assert.equal(await ask(3_600), 'token_unavailable 300');
    }
    assert.deepEqual(requests(), { login: 1, refresh: 1 });
    bench.pass(2 * MINUTE_MS);
    assert.match(String(await ask(3_600)), /^token_unavailable/);
    assert.deepEqual(requests(), { login: 1, refresh: 2 }, 'that one was dead');
  });

  it('does not keep others from theirs', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 1_000 });
    await ask(1_001);
    bench.pass(500_000);
    assert.match(String(await ask(1_001)), /^token_unavailable/);
    assert.equal(await ask(501), 2);
  });

  it('gets one again once the timer has got a token that lives longer', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 1_000 });
    await ask(1_001);
    bench.simulator.changeSettings({ accessLifeSeconds: 2_000 });
    await bench.check();
    bench.pass(1_500_000);
    assert.equal(await ask(1_001), 3);
  });
});

describe('a caller that gives up', () => {
  it('does not cancel the rotation that it started', async () => {
    bench.simulator.addFault({ on: 'login', fault: { kind: 'hold', processed: true } });
    const asked = ask();
    while (bench.simulator.stats().held === 0) await bench.turn();
    bench.pass(25_000);
    assert.equal(await asked, 'token_unavailable 5');
    bench.simulator.release();
    while (bench.store.peek()?.generation !== 1) await bench.turn();
    assert.equal(await ask(), 1);
    assert.deepEqual(requests(), { login: 1, refresh: 0 });
  });
});
