import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FaultRuleInput } from '../../src/local/simulator/faults.ts';
import { hashRefreshToken } from '../../src/rotation/decide.ts';
import { openScene } from './scene.ts';
import { HOUR_MS, MINUTE_MS } from './workbench.ts';

const scene = openScene();
const { becomeDue, row, strike, tokens } = scene;

/** A longer wait than an attempt lasts, so that nothing is sent again. */
const LATER = { 'retry-after': '120' };

describe('a rotation', () => {
  it('logs in if there is no row', async () => {
    assert.equal((await scene.bench.check()).result, 'done');
    assert.equal(row().generation, 1);
    assert.equal(row().source, 'login');
    assert.equal(tokens().accessExpiresAtMs, scene.bench.nowMs() + 12 * HOUR_MS);
    assert.deepEqual(scene.bench.simulator.checkAccessToken(tokens().accessToken).live, true);
  });

  it('reads once and does nothing else while more than the margin is left', async () => {
    await scene.bench.check();
    scene.bench.pass(55 * MINUTE_MS);
    const [reads, writes, before] = [scene.bench.store.reads(), scene.bench.store.writes(), row()];
    assert.equal((await scene.bench.check()).result, 'not-due');
    assert.deepEqual([scene.bench.store.reads() - reads, scene.bench.store.writes() - writes], [1, 0]);
    assert.deepEqual(row(), before);
    assert.deepEqual(scene.bench.simulator.stats().requests, { login: 1, refresh: 0 });
  });

  it('refreshes if only the margin is left, and both tokens are new', async () => {
    await becomeDue();
    const before = tokens();
    assert.equal((await scene.bench.check()).result, 'done');
    assert.deepEqual([row().generation, row().source, row().lease], [2, 'refresh', undefined]);
    assert.notEqual(tokens().accessToken, before.accessToken);
    assert.notEqual(tokens().refreshToken, before.refreshToken);
    assert.deepEqual(scene.bench.simulator.stats().requests, { login: 1, refresh: 1 });
  });

  it('refreshes again and again, each time with the newest refresh token', async () => {
    for (let count = 0; count < 30; count += 1) {
      await scene.bench.check();
      scene.bench.pass(11 * HOUR_MS);
    }
    assert.equal(row().generation, 30);
    assert.deepEqual(scene.bench.simulator.stats().requests, { login: 1, refresh: 29 });
  });

  it('reads both spellings', async () => {
    scene.bench.simulator.changeSettings({ spelling: 'snake_case' });
    await becomeDue();
    await scene.bench.check();
    assert.equal(row().generation, 2);
    assert.equal(tokens().accessExpiresAtMs, scene.bench.nowMs() + 12 * HOUR_MS);
  });

  it('logs in at once if the refresh token has expired', async () => {
    await scene.bench.check();
    scene.bench.pass(14 * 24 * HOUR_MS);
    await scene.bench.check();
    assert.deepEqual([row().generation, row().source], [2, 'login']);
    assert.equal(scene.bench.simulator.stats().requests.refresh, 0);
  });

  it('claims the row and marks the refresh token as spent before it sends it', async () => {
    await becomeDue();
    const { refreshToken } = tokens();
    strike({ kind: 'hold', processed: true });
    const rotation = scene.bench.check();
    while (scene.bench.simulator.stats().held === 0) await scene.bench.turn();
    assert.equal(row().spentRefreshToken, hashRefreshToken(refreshToken));
    assert.deepEqual(row().attempt, { kind: 'refresh', startedAtMs: scene.bench.nowMs() });
    assert.equal(row().lease?.expiresAtMs, scene.bench.nowMs() + 15_000);
    assert.equal(tokens().refreshToken, refreshToken);
    scene.bench.simulator.release();
    await rotation;
    assert.deepEqual([row().spentRefreshToken, row().lease], [undefined, undefined]);
  });
});

describe('a refresh that was not processed', () => {
  const refusals: { name: string; fault: FaultRuleInput['fault']; code: string }[] = [
    { name: '429', fault: { kind: 'status', status: 429, headers: LATER }, code: 'http_429' },
    { name: '403 over quota', fault: { kind: 'status', status: 403, headers: LATER }, code: 'http_403' },
    { name: '503 with Retry-After', fault: { kind: 'status', status: 503, headers: LATER }, code: 'http_503' },
    {
      name: 'a subscription key that the gateway refuses',
      fault: {
        kind: 'status',
        status: 401,
        body: { statusCode: 401, message: 'Access denied due to invalid subscription key.' },
      },
      code: 'subscription_key_refused',
    },
  ];
  for (const { name, fault, code } of refusals) {
    it(`keeps the pair, frees the row and fails: ${name}`, async () => {
      await becomeDue();
      const before = tokens();
      strike(fault);
      assert.deepEqual(await scene.bench.check(), { result: 'failed', code, culprit: 'upstream', row: row() });
      assert.deepEqual(tokens(), before);
      assert.deepEqual([row().generation, row().lease, row().spentRefreshToken], [1, undefined, undefined]);
      assert.deepEqual([row().consecutiveFailures, row().lastFailureCode], [1, code]);
      assert.deepEqual(scene.bench.simulator.stats().requests, { login: 1, refresh: 1 });
    });
  }

  it('is sent again after a back-off that doubles, and its success clears the failures', async () => {
    await becomeDue();
    const startedAtMs = scene.bench.nowMs();
    strike({ kind: 'status', status: 429 }, 'refresh', 3);
    assert.equal((await scene.bench.check()).result, 'done');
    assert.equal(scene.bench.nowMs() - startedAtMs, 1_000 + 2_000 + 4_000);
    assert.deepEqual([row().source, row().consecutiveFailures, row().lastFailureCode], ['refresh', 0, undefined]);
  });

  it('is sent again no sooner than Retry-After says', async () => {
    await becomeDue();
    const startedAtMs = scene.bench.nowMs();
    strike({ kind: 'status', status: 503, headers: { 'retry-after': '17' } });
    assert.equal((await scene.bench.check()).result, 'done');
    assert.equal(scene.bench.nowMs() - startedAtMs, 17_000);
  });

  it('is sent again only while a whole request fits before the deadline of 60 s', async () => {
    await becomeDue();
    const startedAtMs = scene.bench.nowMs();
    strike({ kind: 'status', status: 429 }, 'refresh', 100);
    assert.equal((await scene.bench.check()).result, 'failed');
    assert.equal(scene.bench.simulator.stats().requests.refresh, 6);
    assert.equal(scene.bench.nowMs() - startedAtMs, 31_000);
    assert.equal(row().spentRefreshToken, undefined);
  });

  it('keeps the pair if nothing listens at that address', async () => {
    await becomeDue();
    await scene.bench.simulator.close();
    const rotation = await scene.bench.check();
    const code = 'not_connected_econnrefused';
    assert.deepEqual(rotation, { result: 'failed', code, culprit: 'upstream', row: row() });
    assert.equal(row().spentRefreshToken, undefined);
  });

  it('leads to a login with less than half of the margin left, if it was 503', async () => {
    await becomeDue();
    scene.bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: LATER });
    await scene.bench.check();
    assert.deepEqual([row().generation, row().source], [2, 'login']);
  });

  it('can still be sent, whatever the reply to that login', async () => {
    await becomeDue();
    scene.bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: LATER });
    strike({ kind: 'status', status: 500 }, 'login');
    await scene.bench.check();
    assert.equal(row().spentRefreshToken, undefined);
  });

  it('can still be sent if that login was not processed either', async () => {
    await becomeDue();
    scene.bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: LATER }, 'any', 2);
    await scene.bench.check();
    assert.equal(row().spentRefreshToken, undefined);
    scene.bench.pass(120_000);
    await scene.bench.check();
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
      assert.equal((await scene.bench.check()).result, 'done');
      assert.deepEqual([row().generation, row().source, row().spentRefreshToken], [2, 'login', undefined]);
    });

    it(`is never sent again if that login fails too: ${name}`, async () => {
      await becomeDue();
      strike(fault);
      strike({ kind: 'status', status: 500 }, 'login');
      assert.equal((await scene.bench.check()).result, 'failed');
      assert.equal(row().spentRefreshToken, hashRefreshToken(tokens().refreshToken));
      assert.equal(row().lease, undefined);
      await scene.bench.check();
      assert.deepEqual([row().generation, row().source], [2, 'login']);
      assert.equal(scene.bench.simulator.stats().requests.refresh, 1);
    });
  }
});
