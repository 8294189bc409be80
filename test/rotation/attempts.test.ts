import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accessLifeMs, hashRefreshToken } from '../../src/rotation/decide.ts';
import { openScene } from './scene.ts';
import { HOUR_MS, MINUTE_MS } from './workbench.ts';

const scene = openScene();
const { becomeDue, row, strike, tokens } = scene;

describe('the row between two attempts', () => {
  it('holds callers back for 5 s, doubling to 60 s, and not the timer', async () => {
    await becomeDue();
    strike({ kind: 'status', status: 500 }, 'any', 100);
    for (const seconds of [5, 10, 20, 40, 60, 60]) {
      assert.equal((await scene.bench.check()).result, 'failed');
      scene.bench.pass(seconds * 1_000 - 1);
      const held = await scene.bench.check({ trigger: 'caller' });
      assert.ok(held.result === 'held-back');
      assert.deepEqual([held.code, held.untilMs], ['backing_off', scene.bench.nowMs() + 1]);
    }
  });

  it('holds timer and callers back for as long as Retry-After says, 1 h at most', async () => {
    await becomeDue();
    strike({ kind: 'status', status: 429, headers: { 'retry-after': '86400' } });
    await scene.bench.check();
    scene.bench.pass(HOUR_MS - 1);
    assert.equal((await scene.bench.check()).result, 'held-back');
    scene.bench.pass(1);
    assert.equal((await scene.bench.check()).result, 'done');
  });

  it('remembers the last 48 attempts', async () => {
    strike({ kind: 'status', status: 500 }, 'login', 1);
    await scene.bench.check();
    assert.deepEqual(row().history, [
      { atMs: scene.bench.nowMs(), trigger: 'timer', kind: 'login', outcome: 'http_500', ms: 0 },
    ]);
    for (let count = 0; count < 50; count += 1) {
      await scene.bench.check();
      scene.bench.pass(11 * HOUR_MS);
    }
    assert.equal(row().history.length, 48);
    assert.deepEqual([row().history.at(-1)?.outcome, row().history.at(-1)?.kind], ['done', 'refresh']);
  });

  it("carries the timer's mark, written at most once in 55 min, and not while another worker holds the lease", async () => {
    await scene.bench.check({ trigger: 'caller' });
    const writes = scene.bench.store.writes();
    scene.bench.pass(55 * MINUTE_MS);
    await scene.bench.check();
    assert.equal(scene.bench.store.writes(), writes);
    scene.bench.pass(1);
    await scene.bench.check({ trigger: 'caller' });
    assert.equal(scene.bench.store.writes(), writes);
    await scene.bench.check();
    assert.deepEqual([scene.bench.store.writes(), row().lastCheckAtMs], [writes + 1, scene.bench.nowMs()]);
    scene.bench.pass(56 * MINUTE_MS);
    const stored = await scene.bench.store.read('default');
    assert.ok(stored);
    await scene.bench.store.write(
      { ...stored.row, lease: { id: 'other', expiresAtMs: scene.bench.nowMs() + 1 } },
      stored.etag,
    );
    await scene.bench.check();
    assert.equal(scene.bench.store.writes(), writes + 2);
  });
});

describe('a success after failures', () => {
  it('is reported with the number of failures and the time since the first', async () => {
    await becomeDue();
    scene.bench.pass(60_000);
    strike({ kind: 'status', status: 500 }, 'any', 3); // a refresh and the login after it, then a login
    await scene.bench.check();
    scene.bench.pass(30 * MINUTE_MS);
    await scene.bench.check();
    scene.bench.pass(30 * MINUTE_MS);
    assert.equal((await scene.bench.check()).result, 'done');
    await scene.bench.check({ trigger: 'report', refusedGeneration: 2 });
    const recovered = scene.bench.events.filter(({ name }) => name === 'rotation.recovered');
    assert.deepEqual(recovered, [
      { name: 'rotation.recovered', account: 'default', failedForSeconds: 3_600, attempts: 2 },
    ]);
  });
});

describe('a pair that was created while the clock was 30 days ahead', () => {
  it('is replaced by the next run, and reports no more life than it had', async () => {
    scene.bench.pass(30 * 24 * HOUR_MS);
    await scene.bench.check();
    scene.bench.pass(-30 * 24 * HOUR_MS);
    assert.equal(accessLifeMs(row(), scene.bench.nowMs()), 12 * HOUR_MS);
    assert.equal((await scene.bench.check()).result, 'done');
    assert.equal(tokens().accessExpiresAtMs, scene.bench.nowMs() + 12 * HOUR_MS);
    assert.equal((await scene.bench.check()).result, 'not-due');
  });
});

describe('a report of a refused token', () => {
  it('rotates the generation that it names, however long that is valid', async () => {
    await scene.bench.check();
    assert.equal((await scene.bench.check({ trigger: 'report', refusedGeneration: 1 })).result, 'done');
    assert.deepEqual([row().generation, row().source, row().history.at(-1)?.trigger], [2, 'refresh', 'report']);
  });

  it('rotates nothing if the row has a newer generation', async () => {
    await scene.bench.check();
    await scene.bench.check({ trigger: 'report', refusedGeneration: 1 });
    assert.equal((await scene.bench.check({ trigger: 'report', refusedGeneration: 1 })).result, 'not-due');
    assert.equal(row().generation, 2);
  });
});

describe('a pair that works, but', () => {
  const names = () => scene.bench.events.map(({ name }) => name);

  it('is valid no longer than the margin: is saved, with a warning', async () => {
    scene.bench.simulator.changeSettings({ accessLifeSeconds: 3_600 });
    await scene.bench.check();
    assert.equal(row().generation, 1);
    assert.ok(names().includes('token.life_within_margin'));
  });

  it('cannot be used yet: is saved, with a warning', async () => {
    const notBefore = scene.bench.nowMs() / 1000 + 120;
    strike({ kind: 'token-set', patch: { authorization: { notBefore } } }, 'login');
    await scene.bench.check();
    assert.equal(row().generation, 1);
    assert.ok(names().includes('token.not_usable_yet'));
  });

  it('is as usual: is saved without a warning', async () => {
    await scene.bench.check();
    assert.deepEqual(names(), ['rotation.done']);
  });
});

describe('the deadline of an attempt', () => {
  const patient = openScene({ timeoutMs: 60_000 }); // so that nothing else ends the request
  it('aborts a request, which counts as doubtful, and nothing more is sent', { timeout: 5_000 }, async () => {
    const { bench } = patient;
    await patient.becomeDue();
    const over = new AbortController();
    patient.strike({ kind: 'hold', processed: true });
    const rotation = bench.anotherRotator({ abortAfter: () => over.signal }).rotate(bench.request());
    while (bench.simulator.stats().held === 0) await bench.turn();
    over.abort();
    assert.equal((await rotation).result, 'failed');
    assert.deepEqual([patient.row().lastFailureCode, patient.row().history.at(-1)?.kind], ['deadline_missed', 'login']);
    assert.equal(patient.row().spentRefreshToken, hashRefreshToken(patient.tokens().refreshToken));
    assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
  });
});
