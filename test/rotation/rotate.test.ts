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
    bench.pass(55 * MINUTE_MS);
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
    while (bench.simulator.stats().held === 0) await bench.turn();
    assert.equal(row().spentRefreshToken, hashRefreshToken(refreshToken));
    assert.deepEqual(row().attempt, { kind: 'refresh', startedAtMs: bench.nowMs() });
    assert.equal(row().lease?.expiresAtMs, bench.nowMs() + 90_000);
    assert.equal(tokens().refreshToken, refreshToken);
    bench.simulator.release();
    await rotation;
    assert.deepEqual([row().spentRefreshToken, row().lease], [undefined, undefined]);
  });
});

/** What `Retry-After` asks for is more than an attempt lasts, so that nothing is sent again. */
const LATER = { 'retry-after': '120' };

describe('a refresh that was not processed', () => {
  const refusals: { name: string; fault: FaultRuleInput['fault']; code: string }[] = [
    { name: '429', fault: { kind: 'status', status: 429, headers: LATER }, code: 'http_429' },
    { name: '403 over quota', fault: { kind: 'status', status: 403, headers: LATER }, code: 'http_403' },
    { name: '503 with Retry-After', fault: { kind: 'status', status: 503, headers: LATER }, code: 'http_503' },
    {
      name: 'a subscription key that the gateway refuses',
      fault: { kind: 'status', status: 401, body: { message: 'Access denied due to invalid subscription key.' } },
      code: 'subscription_key_refused',
    },
  ];
  for (const { name, fault, code } of refusals) {
    it(`keeps the pair, frees the row and fails: ${name}`, async () => {
      await becomeDue();
      const before = tokens();
      strike(fault);
      assert.deepEqual(await bench.check(), { result: 'failed', code, culprit: 'upstream', row: row() });
      assert.deepEqual(tokens(), before);
      assert.deepEqual([row().generation, row().lease, row().spentRefreshToken], [1, undefined, undefined]);
      assert.deepEqual([row().consecutiveFailures, row().lastFailureCode], [1, code]);
      assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
    });
  }

  it('is sent again after a back-off that doubles, and its success clears the failures', async () => {
    await becomeDue();
    const startedAtMs = bench.nowMs();
    strike({ kind: 'status', status: 429 }, 'refresh', 3);
    assert.equal((await bench.check()).result, 'done');
    assert.equal(bench.nowMs() - startedAtMs, 1_000 + 2_000 + 4_000);
    assert.deepEqual([row().source, row().consecutiveFailures, row().lastFailureCode], ['refresh', 0, undefined]);
  });

  it('is sent again no sooner than Retry-After says', async () => {
    await becomeDue();
    const startedAtMs = bench.nowMs();
    strike({ kind: 'status', status: 503, headers: { 'retry-after': '17' } });
    assert.equal((await bench.check()).result, 'done');
    assert.equal(bench.nowMs() - startedAtMs, 17_000);
  });

  it('is sent again only while a whole request fits before the deadline of 60 s', async () => {
    await becomeDue();
    const startedAtMs = bench.nowMs();
    strike({ kind: 'status', status: 429 }, 'refresh', 100);
    assert.equal((await bench.check()).result, 'failed');
    assert.equal(bench.simulator.stats().requests.refresh, 6);
    assert.equal(bench.nowMs() - startedAtMs, 31_000);
    assert.equal(row().spentRefreshToken, undefined);
  });

  it('keeps the pair where nothing listens at all', async () => {
    await becomeDue();
    await bench.simulator.close();
    const rotation = await bench.check();
    const code = 'not_connected_econnrefused';
    assert.deepEqual(rotation, { result: 'failed', code, culprit: 'upstream', row: row() });
    assert.equal(row().spentRefreshToken, undefined);
  });

  it('leads to a login with less than half of the margin left, if it was 503', async () => {
    await becomeDue();
    bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: LATER });
    await bench.check();
    assert.deepEqual([row().generation, row().source], [2, 'login']);
  });

  it('is not sent again where that login was processed and failed: not every send was turned away', async () => {
    await becomeDue();
    bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: LATER });
    strike({ kind: 'status', status: 500 }, 'login');
    await bench.check();
    assert.equal(row().spentRefreshToken, hashRefreshToken(tokens().refreshToken));
  });

  it('stays fit to be sent where that login was turned away too', async () => {
    await becomeDue();
    bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: LATER }, 'any', 2);
    await bench.check();
    assert.equal(row().spentRefreshToken, undefined);
    bench.pass(120_000);
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
  const refused = { result: 'failed', culprit: 'upstream' };

  it('is told apart: refused credentials', async () => {
    bench.simulator.changeSettings({ password: 'another password' });
    assert.deepEqual(await bench.check(), { ...refused, code: 'credentials_refused', row: row() });
    assert.deepEqual([row().generation, row().lease, row().tokens.state], [0, undefined, 'none']);
  });

  it('is told apart: a refused subscription key', async () => {
    bench.simulator.changeSettings({ subscriptionKey: 'x'.repeat(32) });
    assert.deepEqual(await bench.check(), { ...refused, code: 'subscription_key_refused', row: row() });
  });

  it('counts failures until one succeeds', async () => {
    strike({ kind: 'status', status: 500 }, 'login', 2);
    await bench.check();
    await bench.check();
    assert.equal(row().consecutiveFailures, 2);
    await bench.check();
    assert.deepEqual([row().generation, row().consecutiveFailures, row().nextAttemptAtMs], [1, 0, undefined]);
  });
});

describe('the login breaker', () => {
  const TIMER = { trigger: 'timer' } as const;
  const CALLER = { trigger: 'caller' } as const;
  const logins = () => bench.simulator.stats().requests.login;

  it('lets the timer alone try refused credentials again, after 25, 55, 115 … min, 6 h at most', async () => {
    bench.simulator.changeSettings({ password: 'another password' });
    await bench.check();
    for (const minutes of [25, 55, 115, 235, 360, 360]) {
      const before = logins();
      bench.pass(minutes * MINUTE_MS - 1);
      const { loginBreaker } = row();
      const untilMs = bench.nowMs() + 1;
      assert.deepEqual(await bench.check(TIMER), { result: 'held-back', code: 'login_refused', untilMs, row: row() });
      bench.pass(1);
      assert.equal((await bench.check(CALLER)).result, 'held-back');
      assert.equal(logins(), before);
      assert.deepEqual(row().loginBreaker, loginBreaker);
      assert.equal((await bench.check(TIMER)).result, 'failed');
      assert.equal(logins(), before + 1);
    }
  });

  it('is closed for everybody by other credentials', async () => {
    bench.simulator.changeSettings({ password: 'another password' });
    await bench.check();
    bench.simulator.changeSettings({ password: bench.password });
    bench.pass(6_000);
    const rules = { ...bench.parts.rules, fingerprint: 'other credentials' };
    assert.equal((await bench.anotherRotator({ rules }).rotate(bench.request(CALLER))).result, 'done');
    assert.equal(row().loginBreaker, undefined);
  });

  it('lets refreshes go on, and is still there after one', async () => {
    await becomeDue();
    bench.simulator.changeSettings({ password: 'another password' });
    bench.simulator.revoke('refresh');
    await bench.check();
    assert.equal(row().loginBreaker?.code, 'credentials_refused');
    const stored = await bench.store.read('default');
    assert.ok(stored);
    bench.simulator.changeSettings({ password: bench.password });
    await bench.store.write({ ...stored.row, ...(await bench.loginElsewhere()) }, stored.etag);
    assert.equal((await bench.check()).result, 'done');
    assert.deepEqual([row().source, row().loginBreaker?.refusals], ['refresh', 1]);
  });

  it('keeps a refresh that fails from falling back to a login', async () => {
    await becomeDue();
    bench.simulator.changeSettings({ password: 'another password' });
    strike({ kind: 'status', status: 500 }, 'refresh', 2);
    await bench.check();
    const before = logins();
    assert.equal((await bench.check()).result, 'held-back');
    assert.equal(logins(), before);
  });
});

describe('the row between two attempts', () => {
  it('holds callers back for 5 s, doubling to 60 s, and the timer not at all', async () => {
    await becomeDue();
    strike({ kind: 'status', status: 500 }, 'any', 100);
    for (const seconds of [5, 10, 20, 40, 60, 60]) {
      assert.equal((await bench.check()).result, 'failed');
      bench.pass(seconds * 1_000 - 1);
      const held = await bench.check({ trigger: 'caller' });
      assert.ok(held.result === 'held-back');
      assert.deepEqual([held.code, held.untilMs], ['backing_off', bench.nowMs() + 1]);
    }
  });

  it('holds everybody back for as long as Retry-After says, 1 h at most', async () => {
    await becomeDue();
    strike({ kind: 'status', status: 429, headers: { 'retry-after': '86400' } });
    await bench.check();
    bench.pass(HOUR_MS - 1);
    assert.equal((await bench.check()).result, 'held-back');
    bench.pass(1);
    assert.equal((await bench.check()).result, 'done');
  });

  it('remembers the last 48 attempts', async () => {
    strike({ kind: 'status', status: 500 }, 'login', 1);
    await bench.check();
    assert.deepEqual(row().history, [
      { atMs: bench.nowMs(), trigger: 'timer', kind: 'login', outcome: 'http_500', ms: 0 },
    ]);
    for (let count = 0; count < 50; count += 1) {
      await bench.check();
      bench.pass(11 * HOUR_MS);
    }
    assert.equal(row().history.length, 48);
    assert.deepEqual([row().history.at(-1)?.outcome, row().history.at(-1)?.kind], ['done', 'refresh']);
  });

  it("carries the timer's mark, written at most once in 55 min, and not while another worker holds the lease", async () => {
    await bench.check({ trigger: 'caller' });
    const writes = bench.store.writes();
    bench.pass(55 * MINUTE_MS);
    await bench.check();
    assert.equal(bench.store.writes(), writes);
    bench.pass(1);
    await bench.check({ trigger: 'caller' });
    assert.equal(bench.store.writes(), writes);
    await bench.check();
    assert.deepEqual([bench.store.writes(), row().lastCheckAtMs], [writes + 1, bench.nowMs()]);
    bench.pass(56 * MINUTE_MS);
    const stored = await bench.store.read('default');
    assert.ok(stored);
    await bench.store.write({ ...stored.row, lease: { id: 'other', expiresAtMs: bench.nowMs() + 1 } }, stored.etag);
    await bench.check();
    assert.equal(bench.store.writes(), writes + 2);
  });
});

describe('a report of a refused token', () => {
  it('rotates the generation that it names, however long that lives', async () => {
    await bench.check();
    assert.equal((await bench.check({ trigger: 'report', refusedGeneration: 1 })).result, 'done');
    assert.deepEqual([row().generation, row().source, row().history.at(-1)?.trigger], [2, 'refresh', 'report']);
  });

  it('rotates nothing where a newer generation stands there', async () => {
    await bench.check();
    await bench.check({ trigger: 'report', refusedGeneration: 1 });
    assert.equal((await bench.check({ trigger: 'report', refusedGeneration: 1 })).result, 'not-due');
    assert.equal(row().generation, 2);
  });
});

describe('a pair that works, but', () => {
  const names = () => bench.events.map(({ name }) => name);

  it('lives no longer than the margin: is saved, and the operator told', async () => {
    bench.simulator.changeSettings({ accessLifeSeconds: 3_600 });
    await bench.check();
    assert.equal(row().generation, 1);
    assert.ok(names().includes('token.life_within_margin'));
  });

  it('is not to be used for a while: is saved, and the operator told', async () => {
    const notBefore = bench.nowMs() / 1000 + 120;
    strike({ kind: 'token-set', patch: { authorization: { notBefore } } }, 'login');
    await bench.check();
    assert.equal(row().generation, 1);
    assert.ok(names().includes('token.not_usable_yet'));
  });

  it('is usual: is worth no word', async () => {
    await bench.check();
    assert.deepEqual(names(), ['rotation.done']);
  });
});

describe('the deadline of an attempt', () => {
  it('cuts off what is being sent, which counts as doubtful, and lets nothing more be sent', async () => {
    await becomeDue();
    const over = new AbortController();
    strike({ kind: 'hold', processed: true });
    const rotation = bench.anotherRotator({ abortAfter: () => over.signal }).rotate(bench.request());
    while (bench.simulator.stats().held === 0) await bench.turn();
    over.abort();
    assert.equal((await rotation).result, 'failed');
    assert.deepEqual([row().lastFailureCode, row().history.at(-1)?.kind], ['deadline_missed', 'login']);
    assert.equal(row().spentRefreshToken, hashRefreshToken(tokens().refreshToken));
    assert.deepEqual(bench.simulator.stats().requests, { login: 1, refresh: 1 });
  });
});

describe('what is refused or put off', () => {
  it('counts no refusal of a refresh while the wait for a login runs', async () => {
    await becomeDue();
    strike({ kind: 'status', status: 401, body: { message: 'invalid subscription key' } }, 'refresh', 5);
    for (let count = 0; count < 5; count += 1) await bench.check();
    assert.deepEqual([row().loginBreaker?.refusals, row().consecutiveFailures], [1, 5]);
    assert.equal(row().loginBreaker?.nextLoginAtMs, bench.nowMs() + 25 * MINUTE_MS);
  });

  it('remembers a refused login through a refused subscription key', async () => {
    await becomeDue();
    const stored = await bench.store.read('default');
    assert.ok(stored);
    const { fingerprint } = bench.parts.rules;
    const loginBreaker = { refusals: 4, code: 'credentials_refused', nextLoginAtMs: bench.nowMs() - 1, fingerprint };
    await bench.store.write({ ...stored.row, loginBreaker }, stored.etag);
    strike({ kind: 'status', status: 401, body: { message: 'invalid subscription key' } });
    await bench.check();
    assert.equal((await bench.check()).result, 'done');
    assert.deepEqual([row().loginBreaker?.refusals, row().loginBreaker?.code], [5, 'credentials_refused']);
  });

  it('is put off as Retry-After said, though the login after it failed otherwise', async () => {
    await becomeDue();
    bench.pass(31 * MINUTE_MS);
    strike({ kind: 'status', status: 503, headers: { 'retry-after': '1800' } });
    strike({ kind: 'status', status: 500 }, 'login');
    await bench.check();
    assert.equal(row().retryAfterUntilMs, bench.nowMs() + 1_800_000);
  });
});
