import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { statusSchema } from '../../src/status/status.ts';
import { keySetting } from '../fixtures.ts';
import { bareEnv, type RunningHost, startRunningHost } from './running-host.ts';
import { type Stack, startStack } from './stack.ts';

const KEY = 'a-function-key-of-the-status-test';
const auth = ['--enable-auth', '--function-key', KEY, '--master-key', 'a-master-key-of-the-status-test'];
const skip = process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test';

function ask(host: RunningHost, { query = '', headers = {} }: { query?: string; headers?: Record<string, string> }) {
  return fetch(`${host.url}/api/status${query}`, { headers });
}

async function askJson(host: RunningHost) {
  const answer = await ask(host, { headers: { accept: 'application/json', 'x-functions-key': KEY } });
  assert.equal(answer.status, 200);
  return statusSchema.parse(await answer.json());
}

describe('GET /api/status', { timeout: 120_000, skip }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ args: auth });
  });
  after(() => stack.stop());

  it('needs the function key in both modes of CALLER_AUTH', async () => {
    const settings = { CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: keySetting('jwt') };
    for (const host of [stack.host, await stack.startHost({ settings })]) {
      assert.equal((await ask(host, {})).status, 401);
      assert.equal((await ask(host, { query: '?code=another' })).status, 401);
      assert.equal((await ask(host, { query: `?code=${KEY}` })).status, 200);
      assert.equal((await ask(host, { headers: { 'x-functions-key': KEY } })).status, 200);
    }
  });

  it('is a page with a strict policy, which does not contain its own URL', async () => {
    const answer = await ask(stack.host, { query: `?code=${KEY}&x=echo-me` });
    const { headers } = answer;
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'; script-src 'sha256-/);
    assert.deepEqual(
      ['content-type', 'cache-control', 'referrer-policy', 'x-content-type-options'].map((name) => headers.get(name)),
      ['text/html; charset=utf-8', 'no-store', 'no-referrer', 'nosniff'],
    );
    assert.doesNotMatch(await answer.text(), new RegExp(`${KEY}|echo-me|/api/status`));
  });

  it('shows as JSON what is in the table now, and starts no rotation', async () => {
    assert.deepEqual([(await askJson(stack.host)).state, await stack.row()], ['empty', undefined]);
    assert.equal((await stack.host.getToken('', { 'x-functions-key': KEY })).status, 200);
    const fresh = await askJson(stack.host);
    assert.deepEqual([fresh.state, fresh.rotation?.generation, fresh.access_token?.live], ['fresh', 1, true]);
    await stack.changeRow(({ tokens }) => {
      assert.ok(tokens.state === 'held');
      return { tokens: { state: 'held', set: { ...tokens.set, accessExpiresAtMs: Date.now() - 1 } } };
    });
    assert.equal((await askJson(stack.host)).state, 'expired');
    assert.deepEqual(stack.simulator.stats().requests, { login: 1, refresh: 0 });
  });

  it('is 500 with wrong settings', async () => {
    const wrong = await startRunningHost(bareEnv(), auth);
    try {
      const answer = await ask(wrong, { query: `?code=${KEY}` });
      assert.equal(answer.status, 500);
      assert.deepEqual(
        ['referrer-policy', 'x-content-type-options'].map((name) => answer.headers.get(name)),
        ['no-referrer', 'nosniff'],
      );
      assert.match(await answer.text(), /"code":"misconfigured"/);
    } finally {
      await wrong.stop();
    }
  });

  it('is 200 with what was last read if the table cannot be reached', async () => {
    await stack.azurite.stop();
    const { state, store_answers, rotation, at, read_at = at } = await askJson(stack.host);
    assert.ok(read_at < at);
    assert.deepEqual([state, store_answers, rotation?.generation], ['store_unreachable', false, 1]);
  });
});
