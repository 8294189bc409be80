import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type HandOut, handOutToken } from '../../src/hand-out/hand-out.ts';
import { HOUR_MS, openWorkbench, type Workbench } from '../rotation/workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench();
});
afterEach(() => bench.close());

function ask(minTtlSeconds?: number): Promise<HandOut> {
  return handOutToken({ ...bench, sleep: bench.sleepUntilPassed }, { account: 'default', minTtlSeconds });
}

async function askForToken(minTtlSeconds?: number) {
  const answer = await ask(minTtlSeconds);
  assert.ok(answer.result === 'token', JSON.stringify(answer));
  return answer.token;
}

const upstreamFails = () =>
  bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'status', status: 500 } });

describe('the hand-out', () => {
  it('fills an empty table on demand', async () => {
    const token = await askForToken();
    assert.deepEqual([token.generation, token.source, token.stale], [1, 'login', false]);
    assert.deepEqual([token.lifeMs, token.expiresAtMs], [12 * HOUR_MS, bench.nowMs() + 12 * HOUR_MS]);
    assert.equal(bench.simulator.checkAccessToken(token.accessToken).live, true);
  });

  it('serves a valid token with one read', async () => {
    await askForToken();
    const [reads, writes] = [bench.store.reads(), bench.store.writes()];
    await askForToken();
    assert.deepEqual([bench.store.reads() - reads, bench.store.writes() - writes], [1, 0]);
  });

  it('lets many callers on an empty table cause one login', async () => {
    const tokens = await Promise.all(Array.from({ length: 50 }, () => askForToken()));
    assert.equal(new Set(tokens.map(({ accessToken }) => accessToken)).size, 1);
    assert.equal(bench.simulator.stats().requests.login, 1);
  });

  it('waits for a rotation that runs elsewhere, and hands out its token', async () => {
    bench.simulator.addFault({ on: 'login', fault: { kind: 'hold', processed: true } });
    const elsewhere = bench
      .anotherRotator()
      .rotate({ account: 'default', occasion: { trigger: 'timer' }, logEvent: bench.logEvent });
    while (bench.simulator.stats().held === 0) await bench.turn();
    const asked = askForToken();
    bench.simulator.release();
    await elsewhere;
    bench.pass(100);
    assert.equal((await asked).generation, 1);
    assert.equal(bench.simulator.stats().requests.login, 1);
  });

  it('serves a valid token, as stale, if its renewal fails', async () => {
    const { accessToken } = await askForToken();
    bench.pass(12 * HOUR_MS - 30_000);
    upstreamFails();
    const token = await askForToken();
    assert.deepEqual([token.accessToken, token.stale, token.lifeMs], [accessToken, true, 30_000]);
  });

  it('renews a token with less than a minute left first, if that is quick', async () => {
    await askForToken();
    bench.pass(12 * HOUR_MS - 59_999);
    assert.equal((await askForToken()).generation, 2);
  });

  it('leaves a token with a minute left to the timer', async () => {
    await askForToken();
    bench.pass(12 * HOUR_MS - 60_000);
    assert.equal((await askForToken()).generation, 1);
  });

  it('renews first if min_ttl asks for more than is left', async () => {
    await askForToken();
    bench.pass(12 * HOUR_MS - 600_000);
    assert.equal((await askForToken(600)).generation, 1);
    assert.equal((await askForToken(601)).generation, 2);
  });

  it('hands out no token below min_ttl if it cannot be renewed', async () => {
    await askForToken();
    bench.pass(12 * HOUR_MS - 600_000);
    upstreamFails();
    assert.deepEqual(await ask(601), { result: 'unavailable', code: 'token_unavailable', retryAfterSeconds: 5 });
    assert.equal((await askForToken(600)).stale, true);
  });

  it('never hands out an expired token', async () => {
    await askForToken();
    upstreamFails();
    bench.pass(12 * HOUR_MS - 1_000);
    assert.equal((await askForToken()).lifeMs, 1_000);
    bench.pass(1);
    assert.deepEqual(await ask(), { result: 'unavailable', code: 'token_unavailable', retryAfterSeconds: 5 });
  });

  it('never hands out a token that expired while the caller waited', async () => {
    await askForToken();
    bench.pass(12 * HOUR_MS - 30_000);
    bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'hold', processed: false } });
    const asked = ask();
    while (bench.simulator.stats().held === 0) await new Promise((resolve) => setImmediate(resolve));
    bench.pass(30_000);
    assert.equal((await asked).result, 'unavailable');
  });

  it('waits no longer than 3 s for a renewal while a token is valid', async () => {
    const { accessToken } = await askForToken();
    bench.pass(12 * HOUR_MS - 30_000);
    bench.simulator.addFault({ on: 'any', times: null, fault: { kind: 'hold', processed: false } });
    const asked = askForToken();
    while (bench.simulator.stats().held === 0) await bench.turn();
    bench.pass(3_000);
    assert.deepEqual([(await asked).accessToken, (await asked).lifeMs], [accessToken, 27_000]);
  });

  it('waits no longer than 25 s if there is no token', async () => {
    bench.simulator.addFault({ on: 'login', times: null, fault: { kind: 'hold', processed: true } });
    const asked = ask();
    while (bench.simulator.stats().held === 0) await bench.turn();
    bench.pass(25_000);
    assert.deepEqual(await asked, { result: 'unavailable', code: 'token_unavailable', retryAfterSeconds: 5 });
    bench.simulator.release();
  });

  it('serves the last token that it knows while the table does not answer', async () => {
    const { accessToken } = await askForToken();
    bench.store.down = true;
    bench.pass(HOUR_MS);
    assert.equal((await askForToken()).accessToken, accessToken);
  });

  it('answers store_unavailable if the table does not answer and the known token has expired', async () => {
    await askForToken();
    bench.store.down = true;
    bench.pass(12 * HOUR_MS);
    assert.deepEqual(await ask(), { result: 'unavailable', code: 'store_unavailable', retryAfterSeconds: 5 });
  });

  it('answers store_unavailable if the row can be read and not claimed', async () => {
    bench.store.writeFaults.push('no-answer', 'no-answer', 'no-answer');
    assert.deepEqual(await ask(), { result: 'unavailable', code: 'store_unavailable', retryAfterSeconds: 5 });
  });

  it('shows a creation time in the future as now: another clock was ahead', async () => {
    await askForToken();
    bench.pass(-5_000);
    assert.equal((await askForToken()).refreshedAtMs, bench.nowMs());
  });

  it('names a login as the source if the column is damaged', async () => {
    await askForToken();
    const stored = await bench.store.read('default');
    assert.ok(stored);
    await bench.store.write({ ...stored.row, source: undefined }, stored.etag);
    assert.equal((await askForToken()).source, 'login');
  });
});
