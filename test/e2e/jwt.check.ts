import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import { createAzureCallerStore } from '../../src/callers/azure-callers.ts';
import type { CallerStore } from '../../src/callers/caller-store.ts';
import { issueToken, type TokenKind } from '../../src/callers/caller-token.ts';
import { createSecret } from '../../src/callers/client-secret.ts';
import type { Action } from '../../src/local/callers/command-line.ts';
import { runAction } from '../../src/local/callers/run.ts';
import { STORE_REQUEST_TIMEOUT_MS } from '../../src/store/table-requests.ts';
import { openTable } from '../../src/store/azure-table.ts';
import { readCaller } from '../callers/read-caller.ts';
import { keyRing, keySetting, MINUTE_MS } from '../fixtures.ts';
import { nameOf } from './comparable.ts';
import { createHostKey } from './credentials.ts';
import type { RunningHost } from './running-host.ts';
import { type Stack, startStack } from './stack.ts';

const jwt = { CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: keySetting('jwt') };
const functionKey = createHostKey();
const loginSchema = z.strictObject({
  access_token: z.string(),
  refresh_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.literal(900),
  caller: z.string(),
});
const renewalSchema = loginSchema.pick({ access_token: true, token_type: true, expires_in: true });
const handOutSchema = z.object({ access_token: z.string(), generation: z.number() });

// `func start` makes its keys itself: what it does with them is not ours to test.
const skip = process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test';

let stack: Stack;
let other: RunningHost;
let store: CallerStore;

before(async () => {
  stack = await startStack({
    settings: jwt,
    args: skip ? [] : ['--enable-auth', '--function-key', functionKey, '--master-key', createHostKey()],
  });
  other = await stack.startHost();
  const { connectionString } = stack.azurite;
  const table = await openTable({ kind: 'connection-string', connectionString }, 'callers');
  store = createAzureCallerStore(table, STORE_REQUEST_TIMEOUT_MS);
});
after(() => stack.stop());

/** As `npm run callers` does it. */
async function callers(command: Exclude<Action['command'], 'list'>, name: string): Promise<string> {
  const printed = await runAction({ store, nowMs: Date.now }, { command, name });
  const secret = /^client_secret: (.+)$/m.exec(printed)?.[1] ?? '';
  if (secret) stack.keepSecret('client secret', secret);
  return secret;
}

function post(body: unknown, host = stack.host): Promise<Response> {
  return fetch(`${host.url}/api/auth/login`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function tryLogin(name: string, secret: string, host = stack.host): Promise<Response> {
  return post({ client_id: name, client_secret: secret }, host);
}

async function logIn(name: string, secret: string, host = stack.host) {
  const answer = await tryLogin(name, secret, host);
  assert.equal(answer.status, 200);
  const login = loginSchema.parse(await answer.json());
  return { answer, login };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function renew(headers: Record<string, string>, host = stack.host): Promise<Response> {
  return fetch(`${host.url}/api/auth/refresh_token`, { headers });
}

/** Checks what every refusal of ours is like. Returns its detail. */
async function assertRefused(answer: Response, status: number, code: string): Promise<string> {
  const { detail, ...problem } = z
    .object({ title: z.string(), status: z.number(), code: z.string(), detail: z.string() })
    .parse(await answer.json());
  assert.deepEqual([answer.status, problem.status, problem.code], [status, status, code]);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.has('www-authenticate'), status === 401);
  return detail;
}

/** An answer as callers see it. */
async function read(asked: Promise<Response>) {
  const answer = await asked;
  return { status: answer.status, headers: new Headers(answer.headers), body: await answer.text() };
}

/** A token as our service issues it, with the keys that the hosts have. */
async function mint(kind: TokenKind, { caller = 'minted', agoMs = 0, keys = keyRing('jwt') } = {}): Promise<string> {
  const issue = { lifeMs: 15 * MINUTE_MS, nowMs: Date.now() - agoMs, tokenId: 'minted' };
  const token = await issueToken(keys, { kind, caller, credentialId: 'minted' }, issue);
  stack.keepSecret('caller token', token);
  return token;
}

describe('a caller with tokens of our own', { timeout: 120_000 }, () => {
  it('logs in, and gets, reports and renews with them, on any instance', async () => {
    const secret = await callers('add', 'flow');
    const { answer, login } = await logIn('flow', secret);
    assert.equal(login.caller, 'flow');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const token = await other.getToken('', bearer(login.access_token));
    assert.equal(token.status, 200);
    const { generation, access_token } = handOutSchema.parse(await token.json());
    assert.ok(stack.simulator.checkAccessToken(access_token).live);
    const report = await stack.host.report(generation, bearer(login.access_token));
    assert.equal(report.status, 200);
    assert.equal(handOutSchema.parse(await report.json()).generation, generation + 1);
    const renewed = await renew(bearer(login.refresh_token), other);
    assert.equal(renewed.status, 200);
    const { access_token: second } = renewalSchema.strict().parse(await renewed.json());
    assert.notEqual(nameOf(second), nameOf(login.access_token));
    assert.equal((await stack.host.getToken('', bearer(second))).status, 200);
    assert.ok((await readCaller(store, 'flow'))?.caller.lastLoginAtMs);
  });

  it('gets nothing with the wrong kind of token, and learns which one to send', async () => {
    const [access, refresh] = [await mint('access'), await mint('refresh')];
    for (const answer of [stack.host.getToken('', bearer(refresh)), stack.host.report(1, bearer(refresh))]) {
      assert.match(await assertRefused(await answer, 403, 'wrong_token_kind'), /Send an access token/);
    }
    const detail = await assertRefused(await renew(bearer(access)), 403, 'wrong_token_kind');
    assert.match(detail, /Send a refresh token/);
  });

  it('gets nothing without a token, with a forged one, and with an expired one', async () => {
    const forged = await mint('access', { keys: keyRing('another') });
    const cases: [Record<string, string>, string, string | null][] = [
      [{}, 'authentication_required', null],
      [{ authorization: 'Basic Zm9vOmJhcg==' }, 'authentication_required', null],
      [{ 'x-functions-key': functionKey }, 'authentication_required', null],
      [bearer('x'), 'invalid_token', 'invalid_token'],
      [bearer('a b'), 'invalid_token', 'invalid_token'],
      [bearer(forged), 'invalid_token', 'invalid_token'],
    ];
    for (const [headers, code, error] of cases) {
      for (const ask of [
        () => stack.host.getToken('', headers),
        () => stack.host.report(1, headers),
        () => renew(headers),
      ]) {
        const answer = await ask();
        const challenge = answer.headers.get('www-authenticate');
        assert.equal(challenge, `Bearer realm="quartile-token-keeper"${error ? `, error="${error}"` : ''}`);
        await assertRefused(answer, 401, code);
      }
    }
    const agoMs = 15 * MINUTE_MS;
    await assertRefused(await stack.host.getToken('', bearer(await mint('access', { agoMs }))), 401, 'token_expired');
    await assertRefused(await renew(bearer(await mint('refresh', { agoMs }))), 401, 'token_expired');
  });

  it('is let in with a token that expires soon, in any case of the scheme', async () => {
    const token = await mint('access', { agoMs: 14 * MINUTE_MS });
    assert.equal((await stack.host.getToken('', { authorization: `bearer ${token}` })).status, 200);
  });

  it('is not renewed once it is disabled, removed, or has another secret', async () => {
    const secret = await callers('add', 'ended');
    const { login } = await logIn('ended', secret);
    await callers('disable', 'ended');
    await assertRefused(await renew(bearer(login.refresh_token)), 401, 'invalid_token');
    await assertRefused(await tryLogin('ended', secret), 401, 'invalid_client');
    assert.equal((await stack.host.getToken('', bearer(login.access_token))).status, 200, 'until it expires');
    await callers('enable', 'ended');
    assert.equal((await renew(bearer(login.refresh_token))).status, 200);

    const rotated = await callers('rotate-secret', 'ended');
    await assertRefused(await renew(bearer(login.refresh_token)), 401, 'invalid_token');
    await assertRefused(await tryLogin('ended', secret), 401, 'invalid_client');
    const { login: again } = await logIn('ended', rotated);
    await callers('remove', 'ended');
    await callers('add', 'ended');
    await assertRefused(await renew(bearer(again.refresh_token)), 401, 'invalid_token');
  });

  it('must send a name and a secret as JSON, and the answer repeats nothing of the request', async () => {
    const secret = 'sent-by-the-caller';
    const ok = { client_id: 'a', client_secret: secret };
    const wrong = ['', 'x', '[]', { ...ok, client_id: 7 }, { ...ok, client_id: '' }, { client_id: secret }];
    const long = [{ ...ok, client_secret: secret.padEnd(201, 'x') }, `${JSON.stringify(ok)}${' '.repeat(4_000)}`];
    for (const body of [...wrong, ...long]) {
      const detail = await assertRefused(await post(body), 400, 'invalid_request');
      assert.ok(!detail.includes(secret));
    }
    await assertRefused(await post({ ...ok, other: 'member' }), 401, 'invalid_client');
  });
});

describe('a refused login', { timeout: 120_000 }, () => {
  it('is answered alike, whatever is wrong', async () => {
    const secret = await callers('add', 'guessed');
    const disabled = await callers('add', 'switched-off');
    await callers('disable', 'switched-off');
    const answers = [];
    for (const [name, sent] of [
      ['guessed', createSecret()],
      ['guessed', 'wrong'],
      ['guessed', `${secret}\u0000`],
      ['guessed', `${secret}\n`],
      ['switched-off', disabled],
      ['nobody-is-called-so', secret],
      ['No Name\u0000/\\#?', secret],
    ] as const) {
      const { status, headers, ...answer } = await read(tryLogin(name, sent));
      headers.delete('date');
      answers.push({ status, headers: Object.fromEntries(headers), ...answer });
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal(answers[0]?.status, 401);
  });

  it('holds no caller back, however many there are', async () => {
    const secret = await callers('add', 'flooded');
    const flood = Array.from({ length: 300 }, (_, index) => tryLogin(index % 2 ? 'flooded' : `f-${index}`, 'wrong'));
    const logins = Array.from({ length: 10 }, () => tryLogin('flooded', secret));
    for (const { status } of await Promise.all(logins)) assert.equal(status, 200);
    for (const { status } of await Promise.all(flood)) assert.equal(status, 401);
  });
});

describe('keys that change', { timeout: 120_000 }, () => {
  /** Starts an instance that has these keys, the first of which signs. */
  const deploy = (...ids: string[]) =>
    stack.startHost({ settings: { CALLER_JWT_KEYS: ids.map(keySetting).join(',') } });
  const statusAt = async (host: RunningHost, token: string) => (await host.getToken('', bearer(token))).status;

  it('break no caller: last everywhere, then first, then the old one dropped', async () => {
    const secret = await callers('add', 'rotating');
    const { login: old } = await logIn('rotating', secret);
    // The new key last: instances with it and without it sign alike.
    const [newLast, alsoNewLast] = [await deploy('jwt', 'new'), await deploy('jwt', 'new')];
    const { login: between } = await logIn('rotating', secret, newLast);
    for (const host of [stack.host, newLast]) assert.equal(await statusAt(host, between.access_token), 200);
    // Then first, on one instance after the other: what one signs, the other one knows.
    const newFirst = await deploy('new', 'jwt');
    const renewal = await renew(bearer(old.refresh_token), newFirst);
    const { access_token: renewed } = renewalSchema.parse(await renewal.json());
    const { login: young } = await logIn('rotating', secret, newFirst);
    for (const token of [renewed, young.access_token, old.access_token]) {
      assert.deepEqual([await statusAt(newFirst, token), await statusAt(alsoNewLast, token)], [200, 200]);
    }
    assert.equal((await renew(bearer(young.refresh_token), alsoNewLast)).status, 200);
    // Dropped: what was signed since lives on, and what is older is over.
    const onlyNew = await deploy('new');
    for (const token of [renewed, young.access_token]) assert.equal(await statusAt(onlyNew, token), 200);
    assert.equal((await renew(bearer(young.refresh_token), onlyNew)).status, 200);
    await assertRefused(await onlyNew.getToken('', bearer(old.access_token)), 401, 'invalid_token');
  });

  it('break callers if the new one comes first before every instance has it', async () => {
    const { login } = await logIn('rotating', await callers('rotate-secret', 'rotating'), await deploy('new', 'jwt'));
    await assertRefused(await stack.host.getToken('', bearer(login.access_token)), 401, 'invalid_token');
  });
});

describe('an app whose callers have no tokens of our own', { timeout: 120_000, skip }, () => {
  for (const mode of ['', 'function-key', 'JWT']) {
    it(`has no auth routes, and leaves the check with the host: CALLER_AUTH=${mode}`, async () => {
      const host = await stack.startHost({ settings: { CALLER_AUTH: mode } });
      assert.equal((await tryLogin('flow', 'secret', host)).status, 404);
      assert.equal((await renew(bearer(await mint('refresh')), host)).status, 404);
      const access = bearer(await mint('access'));
      for (const answer of [await host.getToken('', access), await host.report(1, access)]) {
        assert.deepEqual([answer.status, (await answer.text()).length], [401, 0]);
      }
      assert.equal((await host.getToken('', { 'x-functions-key': functionKey })).status, mode === 'JWT' ? 500 : 200);
      await host.stop();
    });
  }
});

describe('an app that lacks the keys for tokens of our own', { timeout: 120_000 }, () => {
  it('says that it is misconfigured, and lets no caller in', async () => {
    const host = await stack.startHost({ settings: { CALLER_JWT_KEYS: '' } });
    await assertRefused(await tryLogin('flow', 'secret', host), 500, 'misconfigured');
    await assertRefused(await host.getToken('', bearer(await mint('access'))), 500, 'misconfigured');
  });
});

describe("a callers' table that cannot be reached", { timeout: 120_000 }, () => {
  it('causes a 503 that says when to try again; access tokens are verified without it', async () => {
    const broken = `DefaultEndpointsProtocol=http;AccountName=a;AccountKey=${createHostKey()};TableEndpoint=http://127.0.0.1:9/a`;
    const host = await stack.startHost({ settings: { TOKEN_STORAGE: broken } });
    for (const answer of [tryLogin('flow', 'x', host), renew(bearer(await mint('refresh')), host)]) {
      assert.match((await answer).headers.get('retry-after') ?? '', /^[3-8]$/);
      await assertRefused(await answer, 503, 'store_unavailable');
    }
    // The tokens lie in the same storage.
    await assertRefused(await host.getToken('', bearer(await mint('access'))), 503, 'store_unavailable');
    await assertRefused(await host.getToken(), 401, 'authentication_required');
  });
});

describe('the log', { timeout: 120_000 }, () => {
  it('names existing callers only', async () => {
    const output = stack.host.output() + other.output();
    assert.match(output, /caller\.logged_in \{"caller":"flow","ms":\d+,"level":"info"\}/);
    assert.match(output, /caller\.renewed \{"caller":"flow",/);
    assert.match(output, /caller\.logins_refused \{"count":1,"callers":\["ended"\],/);
    assert.ok(output.split('caller.logins_refused').length <= 10, 'one line per minute');
    assert.match(output, /caller\.renewal_refused \{"caller":"ended",/);
    for (const text of ['nobody-is-called-so', 'sent-by-the-caller']) assert.ok(!output.includes(text));
  });
});
