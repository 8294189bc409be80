import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { concealTokens } from './comparable.ts';
import { createHostKey } from './credentials.ts';
import { bareEnv, type RunningHost, startRunningHost } from './running-host.ts';
import { type Stack, startStack, until } from './stack.ts';

async function read(host: RunningHost): Promise<string> {
  const answer = await host.health();
  assert.equal(answer.headers.get('content-type'), 'application/json');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  return `${answer.status} ${await answer.text()}`;
}

const OK = '200 {"status":"ok"}';
const DEGRADED = '200 {"status":"degraded"}';
const DOWN = '503 {"status":"down"}';

const functionKey = createHostKey();
const masterKey = createHostKey();
const auth = ['--enable-auth', '--function-key', functionKey, '--master-key', masterKey];
const skip = process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test';

describe('GET /api/health, without a key', { timeout: 120_000, skip }, () => {
  let stack: Stack;
  let host: RunningHost;
  const key = { 'x-functions-key': functionKey };
  before(async () => {
    stack = await startStack({ args: auth, settings: { CACHE_SECONDS: '0' } });
    ({ host } = stack);
  });
  after(() => stack.stop());

  it('is down on an empty table, does not fill it, and logs this once', async () => {
    for (let count = 0; count < 3; count += 1) assert.equal(await read(host), DOWN);
    await until(() => /health\.not_ok .*no_live_token/.test(host.output()));
    assert.equal(host.output().split('health.not_ok').length, 2);
    assert.equal(concealTokens(await stack.store.read('default')), undefined);
    assert.deepEqual(stack.simulator.stats().requests, { login: 0, refresh: 0 });
  });

  it('is ok with a token', async () => {
    assert.equal((await host.getToken('', key)).status, 200);
    assert.equal(await read(host), OK);
    await until(() => host.output().includes('health.ok'));
  });

  it('answers HEAD, without a body', async () => {
    const answer = await fetch(`${host.url}/api/health`, { method: 'HEAD' });
    assert.deepEqual([answer.status, await answer.text()], [200, '']);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });

  it('is the only route without a key', async () => {
    assert.equal((await host.getToken()).status, 401);
    assert.equal((await host.report(1)).status, 401);
    await assert.rejects(host.runTimer(), /401/);
    await assert.rejects(host.runTimer(key), /403/); // it takes the master key
    await host.runTimer({ 'x-functions-key': masterKey });
    assert.equal((await host.report(1, key)).status, 200);
    assert.equal((await host.report(2, key)).status, 429);
  });

  it('is degraded after a failed rotation, and logs why', async () => {
    await stack.changeRow(() => ({ refreshedAtMs: Date.now() - 60_000 }));
    stack.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
    assert.equal((await host.report(2, key)).status, 503);
    assert.equal(await read(host), DEGRADED);
    await until(() => /health\.not_ok .*last_rotation_failed/.test(host.output()));
  });

  it('is ok again after a successful one', async () => {
    await stack.changeRow(() => ({ nextAttemptAtMs: undefined }));
    assert.equal((await host.report(2, key)).status, 200);
    assert.equal(await read(host), OK);
  });

  const changes: [what: string, status: string, columns: () => Parameters<Stack['changeRow']>[0]][] = [
    ['degraded while the timer is silent', DEGRADED, () => () => ({ lastCheckAtMs: 0 })],
    ['ok as soon as it is back', OK, () => () => ({ lastCheckAtMs: Date.now() })],
    ['down with a dead token, though it could be renewed', DOWN, () => endingAt(Date.now() - 1)],
    ['ok with a token that is valid for a short time', OK, () => endingAt(Date.now() + 60_000)],
  ];
  for (const [what, status, columns] of changes) {
    it(`is ${what}, and changes nothing`, async () => {
      await stack.changeRow(columns());
      const [stored, { requests }] = [concealTokens(await stack.store.read('default')), stack.simulator.stats()];
      await until(async () => (await read(host)) === status); // anyone may ask, so the table is read once a second
      assert.deepEqual(concealTokens(await stack.store.read('default')), stored);
      assert.deepEqual(stack.simulator.stats().requests, requests);
    });
  }

  it('is down with wrong settings', async () => {
    const wrong = await startRunningHost(bareEnv(), auth);
    try {
      assert.equal(await read(wrong), DOWN);
      await until(() => /settings\.invalid .*QUARTILE_PASSWORD/.test(wrong.output()));
    } finally {
      await wrong.stop();
    }
  });

  it('is degraded if the table cannot be reached and a valid token is known, else down', async () => {
    const ignorant = await stack.startHost();
    await stack.azurite.stop();
    await until(async () => (await read(host)) === DEGRADED);
    assert.equal((await host.getToken('', key)).status, 200);
    assert.equal(await read(ignorant), DOWN);
  });
});

function endingAt(accessExpiresAtMs: number): Parameters<Stack['changeRow']>[0] {
  return ({ tokens }) => {
    assert.ok(tokens.state === 'held');
    return { tokens: { state: 'held', set: { ...tokens.set, accessExpiresAtMs } } };
  };
}
