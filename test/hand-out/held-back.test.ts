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

/** The generation that a caller receives, or why there is none and when to ask again. */
async function ask(minTtlSeconds?: number): Promise<string | number> {
  const request = { account: 'default', minTtlSeconds };
  const answer = await handOutToken({ ...bench, sleep: bench.sleepUntilPassed }, request);
  if (answer.result === 'token') return answer.token.generation;
  return `${answer.code} ${answer.retryAfterSeconds}`;
}

describe('a caller whose token may not be renewed yet', () => {
  it('receives the end of the cool-down as Retry-After', async () => {
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

  it('receives it too if only its min_ttl is not met', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 1_000 });
    await bench.check();
    bench.pass(10_000);
    assert.equal(await ask(991), 'token_unavailable 20');
    assert.equal(await ask(990), 1);
  });

  it('receives the end of the back-off, and starts no attempt before', async () => {
    upstreamFails();
    assert.equal(await ask(), 'token_unavailable 5');
    bench.pass(3_000);
    assert.equal(await ask(), 'token_unavailable 2');
    assert.equal(requests().login, 1);
    bench.pass(2_000);
    assert.equal(await ask(), 'token_unavailable 10');
    assert.equal(requests().login, 2);
  });

  it("receives what is left of Quartile's Retry-After", async () => {
    upstreamFails(429, { 'retry-after': '90' });
    assert.equal(await ask(), 'token_unavailable 90');
    bench.pass(30_000);
    assert.equal(await ask(), 'token_unavailable 60');
  });

  it('never receives a Retry-After over 5 min', async () => {
    upstreamFails(429, { 'retry-after': '301' });
    assert.equal(await ask(), 'token_unavailable 300');
    bench.pass(1_001);
    assert.equal(await ask(), 'token_unavailable 300');
    bench.pass(1_000);
    assert.equal(await ask(), 'token_unavailable 299');
  });

  it('receives one while refused credentials wait for hours, and never tries them itself', async () => {
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

  it('receives the token that another instance renewed meanwhile', async () => {
    upstreamFails(429, { 'retry-after': '90' });
    assert.equal(await ask(), 'token_unavailable 90');
    bench.simulator.clearFaults();
    bench.pass(90_000);
    assert.equal((await bench.anotherRotator().rotate(bench.request())).result, 'done');
    assert.equal(await ask(), 1);
  });

  it('receives a token that is still valid at once', async () => {
    await bench.check();
    bench.pass(12 * HOUR_MS - 30_000);
    upstreamFails();
    assert.equal(await ask(), 1);
    const before = requests();
    assert.equal(await ask(), 1);
    assert.deepEqual(requests(), before);
  });

  it('does not hold back the timer', async () => {
    upstreamFails();
    await ask();
    bench.simulator.clearFaults();
    assert.equal((await bench.check()).result, 'done');
    bench.pass(1_000);
    assert.equal(await ask(), 1);
  });
});

describe('a caller whose min_ttl no new token meets', () => {
  it('causes one renewal, and no other one while a token is valid', async () => {
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
    assert.deepEqual(requests(), { login: 1, refresh: 2 }, 'that one had expired');
  });

  it('does not hold back other callers', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 1_000 });
    await ask(1_001);
    bench.pass(500_000);
    assert.match(String(await ask(1_001)), /^token_unavailable/);
    assert.equal(await ask(501), 2);
  });

  it('causes one again when the timer has received a longer token', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 1_000 });
    await ask(1_001);
    bench.simulator.changeSettings({ accessLifeSeconds: 2_000 });
    await bench.check();
    bench.pass(1_500_000);
    assert.equal(await ask(1_001), 3);
  });

  it('receives store_unavailable if the table does not answer', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 1_000 });
    await ask(1_001);
    bench.pass(500_000);
    bench.store.down = true;
    assert.equal(await ask(1_001), 'store_unavailable 5');
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
