import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { test } from 'node:test';
import { type Reply, readTokens, startTestSimulator, until } from './simulator-fixture.ts';

const refreshFault = (fault: object): object => ({ on: 'refresh', fault });

test('a status fault answers without processing, with headers and body as told', { timeout: 5000 }, async (t) => {
  const { simulator, logIn, postRefresh } = await startTestSimulator(t);
  const { refreshToken } = await logIn();
  simulator.addFault({ on: 'refresh', fault: { kind: 'status', status: 503, headers: { 'Retry-After': '7' } } });
  const html = '<h1>Bad gateway</h1>';
  const headers = { 'Content-Type': 'text/html' };
  simulator.addFault({ on: 'refresh', fault: { kind: 'status', status: 502, headers, body: html } });
  simulator.addFault({ on: 'refresh', fault: { kind: 'status', status: 307, headers: { location: '/elsewhere' } } });
  simulator.addFault({ on: 'refresh', fault: { kind: 'status', status: 429, body: { message: 'slow down' } } });
  const unavailable = await postRefresh(refreshToken);
  assert.deepEqual([unavailable.status, unavailable.headers.get('retry-after')], [503, '7']);
  const page = await postRefresh(refreshToken);
  assert.deepEqual([page.status, page.headers.get('content-type'), page.text], [502, 'text/html', html]);
  const redirect = await postRefresh(refreshToken);
  assert.deepEqual([redirect.status, redirect.headers.get('location')], [307, '/elsewhere']);
  assert.deepEqual((await postRefresh(refreshToken)).json(), { message: 'slow down' });
  assert.equal((await postRefresh(refreshToken)).status, 201, 'none of them spent the token');
  const { faults, refreshes, requests } = simulator.stats();
  assert.deepEqual({ faults, refreshes, requests }, { faults: 4, refreshes: 1, requests: { login: 1, refresh: 5 } });
});

test('the first rule that matches and has uses left strikes', async (t) => {
  const { simulator, postLogin, postRefresh } = await startTestSimulator(t);
  simulator.addFault({ on: 'refresh', fault: { kind: 'status', status: 500 } });
  simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 502 } });
  simulator.addFault({ on: 'login', times: null, fault: { kind: 'status', status: 503 } });
  const statuses = [
    (await postLogin()).status,
    (await postRefresh('x')).status,
    (await postRefresh('x')).status,
    (await postRefresh('x')).status,
    (await postLogin()).status,
    (await postLogin()).status,
  ];
  assert.deepEqual(statuses, [502, 500, 502, 401, 503, 503]);
  assert.equal(simulator.clearFaults(), 1);
  assert.equal((await postLogin()).status, 201);
});

test('a delayed request is processed in the end', async (t) => {
  const { simulator, postLogin } = await startTestSimulator(t);
  simulator.addFault({ on: 'login', fault: { kind: 'delay', ms: 60 } });
  const reply = postLogin();
  await until(() => simulator.stats().faults === 1);
  assert.equal(simulator.stats().logins, 0);
  assert.equal((await reply).status, 201);
});

for (const processed of [true, false]) {
  const title = processed ? 'processed, answer lost' : 'not processed';

  test(`disconnect: the connection breaks (${title})`, async (t) => {
    const { simulator, logIn, postRefresh } = await startTestSimulator(t);
    const { refreshToken } = await logIn();
    simulator.addFault({ on: 'refresh', fault: { kind: 'disconnect', processed } });
    await assert.rejects(postRefresh(refreshToken));
    assert.equal(simulator.stats().refreshes, processed ? 1 : 0);
    assert.equal((await postRefresh(refreshToken)).status, processed ? 401 : 201);
  });

  test(`hang: no answer until the simulator closes (${title})`, { timeout: 5000 }, async (t) => {
    const { simulator, logIn, postRefresh } = await startTestSimulator(t);
    const { refreshToken } = await logIn();
    simulator.addFault({ on: 'refresh', fault: { kind: 'hang', processed } });
    const reply = postRefresh(refreshToken);
    await until(() => simulator.stats().faults === 1);
    assert.equal(await Promise.race([reply, wait(50, 'silence')]), 'silence');
    assert.equal(simulator.stats().refreshes, processed ? 1 : 0);
    const rejected = assert.rejects(reply);
    await simulator.close();
    await rejected;
  });

  test(`hold: the answer waits for release (${title} before)`, { timeout: 5000 }, async (t) => {
    const { simulator, logIn, postRefresh, send } = await startTestSimulator(t);
    const { refreshToken } = await logIn();
    simulator.addFault({ on: 'refresh', fault: { kind: 'hold', processed } });
    const reply = postRefresh(refreshToken);
    await until(() => simulator.stats().held === 1);
    assert.equal(simulator.stats().refreshes, processed ? 1 : 0);
    assert.deepEqual((await send('POST', '/simulator/release')).json(), { released: 1 });
    assert.equal((await reply).status, 201);
    assert.deepEqual([simulator.stats().held, simulator.stats().refreshes], [0, 1]);
  });
}

test('a held request whose sender dies is not processed any more', { timeout: 5000 }, async (t) => {
  const { simulator } = await startTestSimulator(t);
  simulator.addFault({ on: 'login', fault: { kind: 'hold', processed: false } });
  const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1');
  socket.write('POST /auth/v2/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
  await until(() => simulator.stats().held === 1);
  socket.destroy();
  await until(() => simulator.stats().held === 0);
  assert.equal(simulator.release(), 0);
  assert.equal(simulator.stats().refused.subscriptionKey, 0);
});

test('partial: half of the body comes under the whole length, then the connection breaks', async (t) => {
  const { simulator, postLogin } = await startTestSimulator(t);
  simulator.addFault({ on: 'login', times: 2, fault: { kind: 'partial' } });
  await assert.rejects(postLogin());
  assert.equal(simulator.stats().logins, 1);
  const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1').setEncoding('utf8');
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk))).on('error', () => {});
  socket.write('POST /auth/v2/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n');
  await once(socket, 'close');
  const [head = '', body = ''] = received.split('\r\n\r\n');
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
  assert.equal(body.length, Math.floor(length / 2));
});

test('body: processed, but answered with that body', async (t) => {
  const { simulator, logIn, postRefresh } = await startTestSimulator(t);
  const { refreshToken } = await logIn();
  simulator.addFault({ on: 'refresh', fault: { kind: 'body', body: '{"authorization":' } });
  const page = { kind: 'body', body: '<html>', contentType: 'text/html', status: 200 } as const;
  simulator.addFault({ on: 'any', fault: page });
  const broken = await postRefresh(refreshToken);
  assert.deepEqual([broken.status, broken.text], [201, '{"authorization":']);
  const html = await postRefresh('x');
  assert.deepEqual([html.status, html.headers.get('content-type'), html.text], [200, 'text/html', '<html>']);
  assert.equal((await postRefresh(refreshToken)).status, 401, 'the token was spent');
});

test('token-set: fields are changed, added and left out', async (t) => {
  const { simulator, postLogin } = await startTestSimulator(t);
  const patch = { authorization: { expiresIn: null, type: 'bearer' }, refresh: { token: '' }, extra: [1, null] };
  simulator.addFault({ on: 'login', fault: { kind: 'token-set', patch } });
  const reply = await postLogin();
  const { accessToken } = readTokens(reply);
  assert.deepEqual(reply.json(), {
    authorization: {
      token: accessToken,
      type: 'bearer',
      expiresAt: '2023-11-15T10:13:20',
      notBefore: 1_700_000_000,
      note: 'Send this token in the Authorization header of every request.',
    },
    refresh: {
      token: '',
      expiresIn: 1_209_600,
      expiresAt: '2023-11-28T22:13:20',
      note: 'The refresh token may expire or be disabled when you request a new set of tokens.',
    },
    extra: [1, null],
  });
});

test('token-set: a whole section can go, and a refusal stays a refusal', async (t) => {
  const { simulator, postLogin } = await startTestSimulator(t);
  simulator.addFault({ on: 'login', times: 2, fault: { kind: 'token-set', patch: { refresh: null } } });
  assert.doesNotMatch((await postLogin()).text, /"refresh"/);
  assert.equal((await postLogin({ password: 'wrong' })).status, 401);
});

test('a rule that makes no sense is refused with the reasons', async (t) => {
  const { simulator, send } = await startTestSimulator(t);
  const bad = [
    'no json',
    {},
    refreshFault({ kind: 'explode' }),
    refreshFault({ kind: 'status', status: 700 }),
    refreshFault({ kind: 'status', status: 500, headers: { 'no good': 'x' } }),
    refreshFault({ kind: 'status', status: 500, headers: { 'Content-Length': '3' } }),
    refreshFault({ kind: 'body', body: '', contentType: 'a\nb' }),
    refreshFault({ kind: 'hang' }),
    refreshFault({ kind: 'partial', extra: 1 }),
    { on: 'logout', fault: { kind: 'partial' } },
    { on: 'login', times: 0, fault: { kind: 'partial' } },
  ];
  const replies = await Promise.all(bad.map((rule) => send('POST', '/simulator/faults', rule)));
  for (const reply of replies) assertIssues(reply);
  assert.equal(simulator.clearFaults(), 0);
});

function assertIssues(reply: Reply): void {
  assert.equal(reply.status, 400, reply.text);
  assert.match(reply.text, /^\{"issues":\[\{.*"message":/);
}
