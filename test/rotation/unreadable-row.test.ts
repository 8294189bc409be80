import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StoredTokens } from '../../src/store/token-store.ts';
import { openScene } from './scene.ts';
import { MINUTE_MS } from './workbench.ts';

const scene = openScene();
const { row, strike, tokens } = scene;

/** A writer with other keys changes the row. */
async function becomeUnreadable(): Promise<StoredTokens> {
  const stored = await scene.bench.store.read('default');
  assert.ok(stored);
  const unreadable = { state: 'unreadable', reason: 'unknown_key', sealed: { tokens: 'x' } } as const;
  await scene.bench.store.write({ ...stored.row, tokens: unreadable }, stored.etag);
  return unreadable;
}

const logins = () => scene.bench.simulator.stats().requests.login;
const call = () => scene.bench.check({ trigger: 'caller' });

describe('a row whose tokens cannot be decrypted', () => {
  it('is replaced by a login of the timer, at once and every time', async () => {
    await scene.bench.check();
    for (const generation of [2, 3]) {
      await becomeUnreadable();
      assert.equal((await scene.bench.check()).result, 'done');
      assert.deepEqual([row().generation, row().source], [generation, 'login']);
    }
    assert.equal(scene.bench.simulator.stats().requests.refresh, 0);
    assert.equal(row().unreadableReplacedAtMs, undefined);
  });

  it('is replaced by callers once in 5 min, all instances together', async () => {
    await scene.bench.check();
    scene.bench.pass(MINUTE_MS);
    await becomeUnreadable();
    assert.equal((await call()).result, 'done');
    scene.bench.pass(5 * MINUTE_MS - 1);
    await becomeUnreadable();
    const elsewhere = scene.bench.anotherRotator();
    for (const rotator of [scene.bench.rotator, elsewhere]) {
      const held = await rotator.rotate(scene.bench.request({ trigger: 'caller' }));
      assert.ok(held.result === 'held-back');
      assert.deepEqual([held.code, held.untilMs], ['tokens_unreadable', scene.bench.nowMs() + 1]);
    }
    assert.equal(logins(), 2);
    scene.bench.pass(1);
    assert.equal((await elsewhere.rotate(scene.bench.request({ trigger: 'caller' }))).result, 'done');
    assert.equal(logins(), 3);
  });

  it('counts a failed login of a caller too, and keeps the tokens that cannot be decrypted', async () => {
    await scene.bench.check();
    scene.bench.pass(MINUTE_MS);
    const unreadable = await becomeUnreadable();
    strike({ kind: 'status', status: 500 }, 'login');
    assert.equal((await call()).result, 'failed');
    assert.deepEqual(row().tokens, unreadable);
    scene.bench.pass(2 * MINUTE_MS);
    assert.equal((await call()).result, 'held-back');
    assert.equal((await scene.bench.check()).result, 'done');
    assert.equal(tokens().accessToken.length > 0, true);
  });

  it('is logged with the reason if a login is to replace it, and not by workers that wait', async () => {
    await scene.bench.check();
    scene.bench.pass(MINUTE_MS);
    await becomeUnreadable();
    const stored = await scene.bench.store.read('default');
    assert.ok(stored);
    const lease = { id: 'of another worker', expiresAtMs: scene.bench.nowMs() + MINUTE_MS };
    await scene.bench.store.write({ ...stored.row, lease }, stored.etag);
    assert.equal((await call()).result, 'elsewhere');
    scene.bench.pass(2 * MINUTE_MS);
    await scene.bench.check();
    const told = scene.bench.events.filter(({ name }) => name === 'tokens.unreadable');
    assert.deepEqual(told, [{ name: 'tokens.unreadable', account: 'default', reason: 'unknown_key' }]);
  });
});

describe('a login breaker while keys are rolled over', () => {
  it('holds for workers with the key that it was written under, whichever key is first', async () => {
    scene.bench.simulator.changeSettings({ password: 'another password' });
    await scene.bench.check();
    assert.equal(logins(), 1);
    const rolled = (...names: [string, ...string[]]) =>
      scene.bench
        .anotherRotator({ rules: { ...scene.bench.parts.rules, fingerprints: names } })
        .rotate(scene.bench.request({ trigger: 'timer' }));
    assert.equal((await rolled('under the new key', 'these credentials')).result, 'held-back');
    assert.equal(logins(), 1);
    scene.bench.pass(25 * MINUTE_MS);
    assert.equal((await rolled('under the new key', 'these credentials')).result, 'failed');
    assert.deepEqual([row().loginBreaker?.refusals, row().loginBreaker?.fingerprint], [2, 'under the new key']);
    assert.equal((await rolled('without the old key')).result, 'failed');
    assert.equal(logins(), 3);
  });
});
