import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { FaultRuleInput } from '../../src/local/simulator/faults.ts';
import { hashRefreshToken } from '../../src/rotation/decide.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, MINUTE_MS, openWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench({ timeoutMs: 500 });
});
afterEach(() => bench.close());

function row(): TokenRow {
  const found = bench.store.peek();
  assert.ok(found);
  return found;
}

function tokens(of = row()) {
  assert.ok(of.tokens.state === 'held');
  return of.tokens.set;
}

/** Logs in, and lets time pass until the pair is due. */
async function becomeDue(): Promise<void> {
  await bench.check();
  bench.pass(11 * HOUR_MS);
}

const strike = (fault: FaultRuleInput['fault'], on: FaultRuleInput['on'] = 'refresh', times = 1) =>
  bench.simulator.addFault({ on, times, fault });

describe('a rotation', () => {
  it('logs in where there is no row', async () => {
    assert.equal((await bench.check()).result, 'done');
    assert.equal(row().generation, 1);
    assert.equal(row().source, 'login');
    assert.equal(tokens().accessExpiresAtMs, bench.nowMs() + 12 * HOUR_MS);
    assert.deepEqual(bench.simulator.checkAccessToken(tokens().accessToken).live, true);
  });

  it('reads once and does nothing else while more than the margin is left', async () => {
    await bench.check();
    bench.pass(11 * HOUR_MS - 1);
    const [reads, writes, before] = [bench.store.reads(), bench.store.writes(), row()];
    assert.equal((await bench.check()).result, 'not-due');
    assert.deepEqual([bench.store.reads() - reads, bench.store.writes() - writes], [1, 0]);
    assert.deepEqual(row(), before);
    assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 0 });
  });

  it('refreshes when the margin is left, and both tokens are new', async () => {
    await becomeDue();
    const before = tokens();
    assert.equal((await bench.check()).result, 'done');
    assert.deepEqual([row().generation, row().source, row().lease], [2, 'refresh', undefined]);
    assert.notEqual(tokens().accessToken, before.accessToken);
    assert.notEqual(tokens().refreshToken, before.refreshToken);
    assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
  });

  it('refreshes again and again, each time with the newest refresh token', async () => {
    for (let count = 0; count < 30; count += 1) {
      await bench.check();
      bench.pass(11 * HOUR_MS);
    }
    assert.equal(row().generation, 30);
    assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 29 });
  });

  it('understands both spellings', async () => {
    bench.simulator.changeSettings({ spelling: 'snake_case' });
    await becomeDue();
    await bench.check();
    assert.equal(row().generation, 2);
    assert.equal(tokens().accessExpiresAtMs, bench.nowMs() + 12 * HOUR_MS);
  });

  it('logs in without asking where the refresh token has expired', async () => {
    await bench.check();
    bench.pass(14 * 24 * HOUR_MS);
    await bench.check();
    assert.deepEqual([row().generation, row().source], [2, 'login']);
    assert.equal(bench.simulator.stats().requests.refresh, 0);
  });

  it('claims the row and names the refresh token before it sends it', async () => {
    await becomeDue();
    const { refreshToken } = tokens();
    strike({ kind: 'hold', processed: true });
    const rotation = bench.check();
    while (bench.simulator.stats().held === 0) await bench.parts.sleep(1);
    assert.equal(row().spentRefreshToken, hashRefreshToken(refreshToken));
    assert.deepEqual(row().attempt, { kind: 'refresh', startedAtMs: bench.nowMs() });
    assert.equal(row().lease?.expiresAtMs, bench.nowMs() + 90_000);
    assert.equal(tokens().refreshToken, refreshToken);
    bench.simulator.release();
    await rotation;
    assert.deepEqual([row().spentRefreshToken, row().lease], [undefined, undefined]);
  });
});

describe('a refresh that was not processed', () => {
  const cases: { name: string; fault: FaultRuleInput['fault']; code: string }[] = [
    { name: '429', fault: { kind: 'status', status: 429 }, code: 'http_429' },
    {
      name: '403 over quota',
      fault: { kind: 'status', status: 403, headers: { 'retry-after': '7' } },
      code: 'http_403',
    },
    {
      name: '503 with Retry-After',
      fault: { kind: 'status', status: 503, headers: { 'retry-after': '7' } },
      code: 'http_503',
    },
    {
      name: 'a subscription key that the gateway refuses',
      fault: { kind: 'status', status: 401, body: { message: 'Access denied due to invalid subscription key.' } },
      code: 'subscription_key_refused',
    },
  ];
  for (const { name, fault, code } of cases) {
    it(`keeps the pair, frees the row and fails: ${name}`, async () => {
      await becomeDue();
      const before = tokens();
      strike(fault);
      assert.deepEqual(await bench.check(), { result: 'failed', code, culprit: 'upstream' });
      assert.deepEqual(tokens(), before);
      assert.deepEqual([row().generation, row().lease, row().spentRefreshToken], [1, undefined, undefined]);
      assert.deepEqual([row().consecutiveFailures, row().lastFailureCode], [1, code]);
      assert.equal(bench.simulator.stats().requests.login, 1);
    });
  }

  it('is sent again by the next check, and its success clears the failures', async () => {
    await becomeDue();
    strike({ kind: 'status', status: 429 });
    await bench.check();
    assert.equal((await bench.check()).result, 'done');
    assert.deepEqual([row().source, row().consecutiveFailures, row().lastFailureCode], ['refresh', 0, undefined]);
  });

  it('keeps the pair where nothing listens at all', async () => {
    await becomeDue();
    await bench.simulator.close();
    const rotation = await bench.check();
    assert.deepEqual(rotation, { result: 'failed', code: 'not_connected_econnrefused', culprit: 'upstream' });
    assert.equal(row().spentRefreshToken, undefined);
  });

  it('leads to a login with less than half of the margin left, if it was 503', async () => {
    await becomeDue();
    bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: { 'retry-after': '7' } });
    await bench.check();
    assert.deepEqual([row().generation, row().source], [2, 'login']);
  });

  it('stays fit to be sent where that login fails too', async () => {
    await becomeDue();
    bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: { 'retry-after': '7' } }, 'any', 2);
    await bench.check();
    assert.equal(row().spentRefreshToken, undefined);
    await bench.check();
    assert.deepEqual([row().generation, row().source], [2, 'refresh']);
  });
});

describe('a refresh that may have been processed, or was refused', () => {
  const cases: { name: string; fault: FaultRuleInput['fault'] }[] = [
    { name: 'no answer in time', fault: { kind: 'hang', processed: true } },
    { name: 'a connection that breaks before', fault: { kind: 'disconnect', processed: false } },
    { name: 'an answer lost after the rotation', fault: { kind: 'disconnect', processed: true } },
    { name: 'half an answer', fault: { kind: 'partial' } },
    { name: 'a redirect', fault: { kind: 'status', status: 307, headers: { location: '/elsewhere' } } },
    { name: '408', fault: { kind: 'status', status: 408 } },
    { name: '500', fault: { kind: 'status', status: 500 } },
    { name: '503 without Retry-After', fault: { kind: 'status', status: 503 } },
    { name: 'an HTML page', fault: { kind: 'body', body: '<html>', contentType: 'text/html' } },
    { name: 'an empty access token', fault: { kind: 'token-set', patch: { authorization: { token: '' } } } },
    { name: '400', fault: { kind: 'status', status: 400 } },
    { name: '403 without Retry-After', fault: { kind: 'status', status: 403 } },
  ];
  for (const { name, fault } of cases) {
    it(`leads to a login in the same attempt: ${name}`, async () => {
      await becomeDue();
      strike(fault);
      assert.equal((await bench.check()).result, 'done');
      assert.deepEqual([row().generation, row().source, row().spentRefreshToken], [2, 'login', undefined]);
    });

    it(`is never sent again, where that login fails too: ${name}`, async () => {
      await becomeDue();
      strike(fault);
      strike({ kind: 'status', status: 500 }, 'login');
      assert.equal((await bench.check()).result, 'failed');
      assert.equal(row().spentRefreshToken, hashRefreshToken(tokens().refreshToken));
      assert.equal(row().lease, undefined);
      await bench.check();
      assert.deepEqual([row().generation, row().source], [2, 'login']);
      assert.equal(bench.simulator.stats().requests.refresh, 1);
    });
  }
});

describe('a login that fails', () => {
  it('is told apart: refused credentials', async () => {
    bench.simulator.changeSettings({ password: 'another password' });
    assert.deepEqual(await bench.check(), { result: 'failed', code: 'credentials_refused', culprit: 'upstream' });
    assert.deepEqual([row().generation, row().lease, row().tokens.state], [0, undefined, 'none']);
  });

  it('is told apart: a refused subscription key', async () => {
    bench.simulator.changeSettings({ subscriptionKey: 'x'.repeat(32) });
    assert.deepEqual(await bench.check(), { result: 'failed', code: 'subscription_key_refused', culprit: 'upstream' });
  });

  it('counts failures until one succeeds', async () => {
    strike({ kind: 'status', status: 500 }, 'login', 2);
    await bench.check();
    await bench.check();
    assert.equal(row().consecutiveFailures, 2);
    await bench.check();
    assert.deepEqual([row().generation, row().consecutiveFailures], [1, 0]);
  });
});
