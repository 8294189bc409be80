import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { test } from 'node:test';
import * as z from 'zod';
import { startSimulator } from '../../src/local/simulator/simulator.ts';
import type { TokenPair } from '../../src/local/simulator/token-sets.ts';
import { credentials, readTokens, startTestSimulator } from './simulator-fixture.ts';

test('a login answers 201 with a token set in camelCase', async (t) => {
  const { postLogin } = await startTestSimulator(t);
  const reply = await postLogin();
  assert.equal(reply.status, 201);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
  const { accessToken, refreshToken } = readTokens(reply);
  assert.deepEqual(reply.json(), {
    authorization: {
      token: accessToken,
      type: 'Bearer',
      expiresIn: 43_200,
      expiresAt: '2023-11-15T10:13:20',
      notBefore: 1_700_000_000,
      note: 'Send this token in the Authorization header of every request.',
    },
    refresh: {
      token: refreshToken,
      expiresIn: 1_209_600,
      expiresAt: '2023-11-28T22:13:20',
      note: 'The refresh token may expire or be disabled when you request a new set of tokens.',
    },
  });
});

test('snake_case spells the same fields otherwise', async (t) => {
  const { postLogin } = await startTestSimulator(t, { spelling: 'snake_case' });
  const set = z.record(z.string(), z.record(z.string(), z.unknown())).parse((await postLogin()).json());
  assert.deepEqual(Object.keys(set['authorization'] ?? {}), [
    'token',
    'type',
    'expires_in',
    'expires_at',
    'not_before',
    'note',
  ]);
  assert.deepEqual(Object.keys(set['refresh'] ?? {}), ['token', 'expires_in', 'expires_at', 'note']);
});

test('an access token is a JWT of about 1 KB that says its own expiry, and a refresh token is opaque', async (t) => {
  const { logIn } = await startTestSimulator(t, { accessLifeSeconds: 600 });
  const { accessToken, refreshToken } = await logIn();
  const [header = '', claims = '', signature = ''] = accessToken.split('.');
  assert.deepEqual(decodeJson(header), { alg: 'RS256', typ: 'JWT', kid: 'quartile-simulator' });
  const { iat, exp } = z.looseObject({ iat: z.number(), exp: z.number(), jti: z.string() }).parse(decodeJson(claims));
  assert.deepEqual({ iat, exp }, { iat: 1_700_000_000, exp: 1_700_000_600 });
  assert.equal(Buffer.from(signature, 'base64url').length, 256);
  assert.ok(accessToken.length > 900 && accessToken.length < 2000, `${accessToken.length} characters`);
  assert.doesNotMatch(refreshToken, /\./);
});

test('a refresh replaces both tokens, and the old access token lives on', async (t) => {
  const { logIn, postRefresh, isLive } = await startTestSimulator(t);
  const first = await logIn();
  const reply = await postRefresh(first.refreshToken);
  assert.equal(reply.status, 201);
  const second = readTokens(reply);
  assert.notEqual(second.accessToken, first.accessToken);
  assert.notEqual(second.refreshToken, first.refreshToken);
  assert.ok(isLive(first.accessToken) && isLive(second.accessToken));
});

test('a spent refresh token is refused, its successor is not', async (t) => {
  const { simulator, logIn, postRefresh } = await startTestSimulator(t);
  const { refreshToken } = await logIn();
  const next = readTokens(await postRefresh(refreshToken));
  const refused = await postRefresh(refreshToken);
  assert.equal(refused.status, 401);
  assert.doesNotMatch(refused.text, /subscription key/i);
  assert.equal((await postRefresh(next.refreshToken)).status, 201);
  assert.equal(simulator.stats().refused.spentRefreshToken, 1);
  assert.equal(simulator.stats().refreshes, 2);
});

test('of many refreshes with the same token at once exactly one succeeds', async (t) => {
  const { logIn, postRefresh } = await startTestSimulator(t);
  const { refreshToken } = await logIn();
  const replies = await Promise.all(Array.from({ length: 10 }, () => postRefresh(refreshToken)));
  assert.equal(replies.filter(({ status }) => status === 201).length, 1);
});

test('a login ends no other session', async (t) => {
  const { logIn, postRefresh, isLive } = await startTestSimulator(t);
  const first = await logIn();
  await logIn();
  assert.ok(isLive(first.accessToken));
  assert.equal((await postRefresh(first.refreshToken)).status, 201);
});

test('tokens end when their lives do', async (t) => {
  const { simulator, clock, logIn, postRefresh, isLive } = await startTestSimulator(t, {
    accessLifeSeconds: 10,
    refreshLifeSeconds: 20,
  });
  const { accessToken, refreshToken } = await logIn();
  clock.nowMs = 1_700_000_009_999;
  assert.ok(isLive(accessToken));
  clock.nowMs = 1_700_000_010_000;
  assert.ok(!isLive(accessToken));
  clock.nowMs = 1_700_000_020_000;
  assert.equal((await postRefresh(refreshToken)).status, 401);
  assert.equal(simulator.stats().refused.expiredRefreshToken, 1);
});

test('an unknown refresh token is refused', async (t) => {
  const { simulator, postRefresh } = await startTestSimulator(t);
  assert.equal((await postRefresh('made up')).status, 401);
  assert.equal(simulator.stats().refused.unknownRefreshToken, 1);
});

test('a wrong or missing subscription key is refused in the form of Azure API Management', async (t) => {
  const { simulator, send } = await startTestSimulator(t);
  const { username, password } = credentials;
  const wrong = await send('POST', '/auth/v2/login', { username, password }, { 'subscription-key': 'wrong' });
  const missing = await send('POST', '/auth/v2/login', { username, password }, { 'subscription-key': '' });
  assert.deepEqual([wrong.status, missing.status], [401, 401]);
  assert.deepEqual(wrong.json(), {
    statusCode: 401,
    message:
      'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.',
  });
  assert.match(missing.text, /^\{"statusCode":401,"message":"Access denied due to missing subscription key\. /);
  assert.equal(simulator.stats().refused.subscriptionKey, 2);
});

test('a request that the gateway refuses does not spend its refresh token', async (t) => {
  const { send, logIn, postRefresh } = await startTestSimulator(t);
  const { refreshToken } = await logIn();
  await send('POST', '/auth/v2/refresh', { token: refreshToken }, { 'subscription-key': 'wrong' });
  assert.equal((await postRefresh(refreshToken)).status, 201);
});

for (const field of ['username', 'password']) {
  test(`a wrong ${field} is refused without a word about the subscription key`, async (t) => {
    const { simulator, postLogin } = await startTestSimulator(t);
    const reply = await postLogin({ [field]: 'wrong' });
    assert.equal(reply.status, 401);
    assert.doesNotMatch(JSON.stringify(reply.json()), /subscription/i);
    assert.equal(simulator.stats().refused.credentials, 1);
    assert.equal(simulator.stats().logins, 0);
  });
}

test('a malformed body gets 400', async (t) => {
  const { simulator, send } = await startTestSimulator(t);
  const bodies = ['', 'no json', '[]', '{}', '{"username":"a"}', '{"username":1,"password":"b"}'];
  const replies = await Promise.all(bodies.map((body) => send('POST', '/auth/v2/login', body)));
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([400]));
  assert.equal((await send('POST', '/auth/v2/refresh', { refreshToken: 'x' })).status, 400);
  const { username, password } = credentials;
  const asText = await send('POST', '/auth/v2/login', { username, password }, { 'content-type': 'text/plain' });
  assert.equal(asText.status, 400);
  assert.equal(simulator.stats().refused.malformed, bodies.length + 2);
});

test('another method or path gets 404 JSON and is not counted', async (t) => {
  const { simulator, send } = await startTestSimulator(t);
  const replies = await Promise.all([
    send('GET', '/auth/v2/login'),
    send('POST', '/auth/v1/login', {}),
    send('POST', '/login', {}),
    send('POST', '/simulator/stats', {}),
  ]);
  for (const reply of replies) {
    assert.equal(reply.status, 404);
    assert.deepEqual(reply.json(), { statusCode: 404, message: 'Resource not found' });
  }
  assert.deepEqual(simulator.stats().requests, { login: 0, refresh: 0 });
});

test('only tools and pages of this machine are answered', async (t) => {
  const { simulator, send } = await startTestSimulator(t);
  const { host, port } = new URL(simulator.url);
  const statusOf = async (headers: Record<string, string>, method = 'GET') => {
    const client = request({
      host: '127.0.0.1',
      port,
      path: '/simulator/stats',
      method,
      headers: { host, ...headers },
    });
    const [response]: IncomingMessage[] = await once(client.end(), 'response');
    return response?.resume().statusCode;
  };
  for (const own of [{}, { host: `localhost:${port}` }, { origin: simulator.url }, { 'sec-fetch-site': 'none' }]) {
    assert.equal(await statusOf(own), 200, JSON.stringify(own));
  }
  assert.equal(await statusOf({ host: `attacker.example:${port}` }), 400);
  assert.equal(await statusOf({ origin: 'http://attacker.example' }), 403);
  assert.equal(await statusOf({ 'sec-fetch-site': 'cross-site' }), 403);
  const { username, password } = credentials;
  const foreign = { origin: 'null' };
  assert.equal((await send('POST', '/auth/v2/login', { username, password }, foreign)).status, 403);
  assert.equal(simulator.stats().requests.login, 0);
});

test('a body of more than 1 MiB is refused', async (t) => {
  const { simulator, send } = await startTestSimulator(t);
  const { username, password } = credentials;
  const reply = await send('POST', '/auth/v2/login', { username, password, filler: 'x'.repeat(1_048_576) });
  assert.equal(reply.status, 413);
  assert.equal(simulator.stats().requests.login, 0);
});

test('the log of requests contains no secret', async (t) => {
  const lines: string[] = [];
  const { simulator, logIn, postLogin, postRefresh, send } = await startTestSimulator(t, {
    onRequest: (entry) => lines.push(JSON.stringify(entry)),
  });
  const { accessToken, refreshToken } = await logIn();
  await postRefresh(refreshToken);
  await postRefresh(refreshToken);
  await postLogin({ password: 'wrong password' });
  await send('GET', `/simulator/live?token=${accessToken}`, undefined, { authorization: `Bearer ${accessToken}` });
  await simulator.close();
  assert.equal(lines.length, 5);
  for (const secret of [accessToken, refreshToken, ...Object.values(credentials), 'wrong password']) {
    assert.ok(!lines.join('\n').includes(secret));
  }
});

test('it refuses to start with a life that is no life', async () => {
  await assert.rejects(startSimulator({ ...credentials, accessLifeSeconds: 0 }), z.ZodError);
});

function decodeJson(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

test('every pair that is issued is told of, also where a fault keeps it back', async (t) => {
  const issued: string[] = [];
  const onIssued = ({ access, refresh }: TokenPair) => issued.push(access.token, refresh.token);
  const { simulator, logIn, postLogin, postRefresh } = await startTestSimulator(t, { onIssued });
  const first = await logIn();
  assert.deepEqual(issued, [first.accessToken, first.refreshToken]);
  const second = readTokens(await postRefresh(first.refreshToken));
  assert.deepEqual(issued.slice(2), [second.accessToken, second.refreshToken]);
  await postRefresh(first.refreshToken);
  await postLogin({ password: 'wrong' });
  assert.equal(issued.length, 4);
  simulator.addFault({ on: 'login', fault: { kind: 'disconnect', processed: true } });
  await assert.rejects(postLogin());
  simulator.reset();
  assert.equal(issued.length, 6);
});
