import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Rules } from '../../src/rotation/decide.ts';
import { openScene } from './scene.ts';
import { MINUTE_MS } from './workbench.ts';

const scene = openScene();
const { becomeDue, row, strike } = scene;

describe('a login that fails', () => {
  const refused = { result: 'failed', culprit: 'upstream' };

  it('is recognized: refused credentials', async () => {
    scene.bench.simulator.changeSettings({ password: 'another password' });
    assert.deepEqual(await scene.bench.check(), { ...refused, code: 'credentials_refused', row: row() });
    assert.deepEqual([row().generation, row().lease, row().tokens.state], [0, undefined, 'none']);
  });

  it('is recognized: a refused subscription key', async () => {
    scene.bench.simulator.changeSettings({ subscriptionKey: 'x'.repeat(32) });
    assert.deepEqual(await scene.bench.check(), { ...refused, code: 'subscription_key_refused', row: row() });
  });

  it("is recognized: a stopped app's page, which says nothing about the credentials", async () => {
    strike({ kind: 'status', status: 404, body: '<title>Error 404 - Web App Stopped</title>' }, 'login');
    assert.deepEqual(await scene.bench.check(), { ...refused, code: 'http_404', row: row() });
    assert.equal(row().loginBreaker, undefined);
    assert.equal((await scene.bench.check()).result, 'done');
  });

  it('counts failures until one succeeds', async () => {
    strike({ kind: 'status', status: 500 }, 'login', 2);
    await scene.bench.check();
    await scene.bench.check();
    assert.equal(row().consecutiveFailures, 2);
    await scene.bench.check();
    assert.deepEqual([row().generation, row().consecutiveFailures, row().nextAttemptAtMs], [1, 0, undefined]);
  });
});

describe('the login breaker', () => {
  const TIMER = { trigger: 'timer' } as const;
  const CALLER = { trigger: 'caller' } as const;
  const logins = () => scene.bench.simulator.stats().requests.login;

  it('lets only the timer try refused credentials again, after 25, 55, 115 … min, 6 h at most', async () => {
    scene.bench.simulator.changeSettings({ password: 'another password' });
    await scene.bench.check();
    for (const minutes of [25, 55, 115, 235, 360, 360]) {
      const before = logins();
      scene.bench.pass(minutes * MINUTE_MS - 1);
      const { loginBreaker } = row();
      const untilMs = scene.bench.nowMs() + 1;
      assert.deepEqual(await scene.bench.check(TIMER), {
        result: 'held-back',
        code: 'login_refused',
        untilMs,
        row: row(),
      });
      scene.bench.pass(1);
      assert.equal((await scene.bench.check(CALLER)).result, 'held-back');
      assert.equal(logins(), before);
      assert.deepEqual(row().loginBreaker, loginBreaker);
      assert.equal((await scene.bench.check(TIMER)).result, 'failed');
      assert.equal(logins(), before + 1);
    }
  });

  it('is closed for timer and callers by other credentials', async () => {
    scene.bench.simulator.changeSettings({ password: 'another password' });
    await scene.bench.check();
    scene.bench.simulator.changeSettings({ password: scene.bench.password });
    scene.bench.pass(6_000);
    const rules: Rules = { ...scene.bench.parts.rules, fingerprints: ['other credentials'] };
    assert.equal((await scene.bench.anotherRotator({ rules }).rotate(scene.bench.request(CALLER))).result, 'done');
    assert.equal(row().loginBreaker, undefined);
  });

  it('does not hold back refreshes, and stays open after one', async () => {
    await becomeDue();
    scene.bench.simulator.changeSettings({ password: 'another password' });
    scene.bench.simulator.revoke('refresh');
    await scene.bench.check();
    assert.equal(row().loginBreaker?.code, 'credentials_refused');
    const stored = await scene.bench.store.read('default');
    assert.ok(stored);
    scene.bench.simulator.changeSettings({ password: scene.bench.password });
    await scene.bench.store.write({ ...stored.row, ...(await scene.bench.loginElsewhere()) }, stored.etag);
    assert.equal((await scene.bench.check()).result, 'done');
    assert.deepEqual([row().source, row().loginBreaker?.refusals], ['refresh', 1]);
  });

  it('keeps a refresh that fails from falling back to a login', async () => {
    await becomeDue();
    scene.bench.simulator.changeSettings({ password: 'another password' });
    strike({ kind: 'status', status: 500 }, 'refresh', 2);
    await scene.bench.check();
    const before = logins();
    assert.equal((await scene.bench.check()).result, 'held-back');
    assert.equal(logins(), before);
  });
});

describe('what is refused or put off', () => {
  it('counts no refusal of a refresh while the wait for a login runs', async () => {
    await becomeDue();
    strike(
      { kind: 'status', status: 401, body: { statusCode: 401, message: 'invalid subscription key' } },
      'refresh',
      5,
    );
    for (let count = 0; count < 5; count += 1) await scene.bench.check();
    assert.deepEqual([row().loginBreaker?.refusals, row().consecutiveFailures], [1, 5]);
    assert.equal(row().loginBreaker?.nextLoginAtMs, scene.bench.nowMs() + 25 * MINUTE_MS);
  });

  it('remembers a refused login through a refused subscription key', async () => {
    await becomeDue();
    const stored = await scene.bench.store.read('default');
    assert.ok(stored);
    const [fingerprint] = scene.bench.parts.rules.fingerprints;
    const loginBreaker = {
      refusals: 4,
      code: 'credentials_refused',
      nextLoginAtMs: scene.bench.nowMs() - 1,
      fingerprint,
    };
    await scene.bench.store.write({ ...stored.row, loginBreaker }, stored.etag);
    strike({ kind: 'status', status: 401, body: { statusCode: 401, message: 'invalid subscription key' } });
    await scene.bench.check();
    assert.equal((await scene.bench.check()).result, 'done');
    assert.deepEqual([row().loginBreaker?.refusals, row().loginBreaker?.code], [5, 'credentials_refused']);
  });

  it('is put off as Retry-After said, though the login after it failed otherwise', async () => {
    await becomeDue();
    scene.bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: { 'retry-after': '1800' } });
    strike({ kind: 'status', status: 500 }, 'login');
    await scene.bench.check();
    assert.equal(row().retryAfterUntilMs, scene.bench.nowMs() + 1_800_000);
  });
});
