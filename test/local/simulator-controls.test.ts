import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentials, startTestSimulator, until } from './simulator-fixture.ts';

test('stats over HTTP are those of the process', async (t) => {
  const { simulator, send, postLogin } = await startTestSimulator(t);
  await postLogin();
  await postLogin({ password: 'wrong' });
  const reply = await send('GET', '/simulator/stats');
  assert.deepEqual(reply.json(), simulator.stats());
  assert.deepEqual(reply.json(), {
    logins: 1,
    refreshes: 0,
    requests: { login: 2, refresh: 0 },
    refused: {
      subscriptionKey: 0,
      credentials: 1,
      spentRefreshToken: 0,
      expiredRefreshToken: 0,
      unknownRefreshToken: 0,
      malformed: 0,
    },
    faults: 0,
    held: 0,
  });
});

test('faults can be added and cleared over HTTP', async (t) => {
  const { send, postLogin } = await startTestSimulator(t);
  const rule = { on: 'login', times: null, fault: { kind: 'status', status: 500 } };
  const added = await send('POST', '/simulator/faults', rule);
  assert.deepEqual([added.status, added.json()], [201, rule]);
  assert.equal((await postLogin()).status, 500);
  assert.deepEqual((await send('DELETE', '/simulator/faults')).json(), { cleared: 1 });
  assert.equal((await postLogin()).status, 201);
});

test('live tells a living access token from any other', async (t) => {
  const { clock, send, logIn } = await startTestSimulator(t);
  const { accessToken, refreshToken } = await logIn();
  const askWith = async (authorization: string): Promise<unknown[]> => {
    const reply = await send('GET', '/simulator/live', undefined, { authorization });
    return [reply.status, reply.json()];
  };
  assert.deepEqual(await askWith(`Bearer ${accessToken}`), [200, { live: true, expiresIn: 43_199 }]);
  assert.deepEqual(await askWith(`Bearer ${refreshToken}`), [401, { live: false }]);
  assert.deepEqual(await askWith(accessToken), [401, { live: false }]);
  clock.nowMs += 43_200_000;
  assert.deepEqual(await askWith(`Bearer ${accessToken}`), [401, { live: false }]);
});

test('live refuses a wrong subscription key, but asks for none', async (t) => {
  const { send, logIn } = await startTestSimulator(t);
  const { accessToken } = await logIn();
  const authorization = `Bearer ${accessToken}`;
  const ask = (key: string) => send('GET', '/simulator/live', undefined, { authorization, 'subscription-key': key });
  assert.equal((await ask('')).status, 200);
  const wrong = await ask('wrong');
  assert.equal(wrong.status, 401);
  assert.match(wrong.text, /invalid subscription key/);
});

test('revoked tokens stop working, later ones work', async (t) => {
  const { simulator, send, logIn, postRefresh, isLive } = await startTestSimulator(t);
  const first = await logIn();
  const reply = await send('POST', '/simulator/revoke', { what: 'access' });
  assert.deepEqual(reply.json(), { revoked: { access: 1, refresh: 0 } });
  assert.ok(!isLive(first.accessToken));
  assert.equal((await postRefresh(first.refreshToken)).status, 201);
  const second = await logIn();
  simulator.revoke('refresh');
  assert.ok(isLive(second.accessToken));
  assert.equal((await postRefresh(second.refreshToken)).status, 401);
  assert.equal(simulator.stats().refused.unknownRefreshToken, 1);
  simulator.revoke('all');
  assert.ok(!isLive(second.accessToken));
  const third = await logIn();
  assert.ok(isLive(third.accessToken));
});

test('settings change at run time, and the answer repeats no secret', async (t) => {
  const { send, postLogin } = await startTestSimulator(t);
  const patch = { accessLifeSeconds: 5, spelling: 'snake_case', password: 'another', subscriptionKey: 'other' };
  const reply = await send('PATCH', '/simulator/settings', patch);
  assert.deepEqual(reply.json(), { accessLifeSeconds: 5, refreshLifeSeconds: 1_209_600, spelling: 'snake_case' });
  assert.equal((await postLogin({ password: 'another' })).status, 401, 'the subscription key has changed');
  const login = { username: credentials.username, password: 'another' };
  const accepted = await send('POST', '/auth/v2/login', login, { 'subscription-key': 'other' });
  assert.match(accepted.text, /"expires_in":5,/);
});

test('a bad body gets 400 with the issues and changes nothing', async (t) => {
  const { send, logIn, isLive } = await startTestSimulator(t);
  const { accessToken } = await logIn();
  const replies = await Promise.all([
    send('PATCH', '/simulator/settings', { accessLifeSeconds: '5' }),
    send('PATCH', '/simulator/settings', { password: '' }),
    send('PATCH', '/simulator/settings', { port: 1 }),
    send('POST', '/simulator/revoke', { what: 'everything' }),
    send('POST', '/simulator/revoke', ''),
  ]);
  for (const reply of replies) {
    assert.equal(reply.status, 400);
    assert.match(reply.text, /^\{"issues":\[/);
  }
  assert.ok(isLive(accessToken));
});

test('reset forgets sessions, counters and faults, and lets go of held connections', { timeout: 5000 }, async (t) => {
  const { simulator, send, logIn, postLogin, postRefresh } = await startTestSimulator(t);
  const { refreshToken } = await logIn();
  simulator.addFault({ on: 'login', fault: { kind: 'hold', processed: false } });
  simulator.addFault({ on: 'any', times: null, fault: { kind: 'status', status: 500 } });
  const broken = assert.rejects(postLogin());
  await until(() => simulator.stats().held === 1);
  assert.deepEqual((await send('POST', '/simulator/reset')).json(), { reset: true });
  await broken;
  assert.equal((await postRefresh(refreshToken)).status, 401);
  const { logins, faults, held, refused } = simulator.stats();
  assert.deepEqual({ logins, faults, held }, { logins: 0, faults: 0, held: 0 });
  assert.equal(refused.unknownRefreshToken, 1);
});

test('stats are a copy', async (t) => {
  const { simulator, logIn } = await startTestSimulator(t);
  const before = simulator.stats();
  await logIn();
  assert.equal(before.requests.login, 0);
});

test('close may be called twice, and in the middle of a delay', { timeout: 5000 }, async (t) => {
  const { simulator, postLogin } = await startTestSimulator(t);
  simulator.addFault({ on: 'login', fault: { kind: 'delay', ms: 600_000 } });
  const broken = assert.rejects(postLogin());
  await until(() => simulator.stats().faults === 1);
  await Promise.all([simulator.close(), simulator.close()]);
  await broken;
  assert.equal(simulator.stats().logins, 0);
});
