import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createHostKey } from './credentials.ts';
import { type Stack, startStack, until } from './stack.ts';

// `func start` makes its keys itself: what it does with them is not ours to test.
const skip = process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test';

describe('a host that checks keys', { timeout: 120_000, skip }, () => {
  const key = createHostKey();
  const masterKey = createHostKey();
  let stack: Stack;
  before(async () => {
    stack = await startStack({ args: ['--enable-auth', '--function-key', key, '--master-key', masterKey] });
  });
  after(() => stack.stop());

  it('hands no token to a caller without a key, or with a wrong one', async () => {
    for (const headers of [{}, { 'x-functions-key': 'wrong' }]) {
      const answer = await stack.host.getToken('', headers);
      assert.deepEqual([answer.status, (await answer.text()).length], [401, 0]);
    }
    assert.equal(stack.simulator.stats().requests.login, 0);
  });

  it('takes no report without a key, either, and asks nobody for one who wants to know its health', async () => {
    const answer = await stack.host.report(1);
    assert.deepEqual([answer.status, (await answer.text()).length], [401, 0]);
    assert.equal((await stack.host.health()).status, 503);
  });

  it('runs the timer for the master key alone: 401 without a key, 403 with one of the wrong kind', async () => {
    const statusWith = async (headers: Record<string, string>) => {
      const url = `${stack.host.url}/admin/functions/refreshTokens`;
      const post = {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: '{"input":""}',
      };
      return (await fetch(url, post)).status;
    };
    assert.equal(await statusWith({}), 401);
    assert.equal(await statusWith({ 'x-functions-key': 'wrong' }), 401);
    assert.equal(await statusWith({ 'x-functions-key': key }), 403);
    assert.equal(stack.simulator.stats().requests.login, 0);
    assert.equal(await statusWith({ 'x-functions-key': masterKey }), 202);
    await until(() => stack.simulator.stats().requests.login === 1);
  });

  it('takes the master key everywhere, and the header before ?code=', async () => {
    assert.equal((await stack.host.getToken('', { 'x-functions-key': masterKey })).status, 200);
    assert.equal(
      (await stack.host.getToken(`?code=${encodeURIComponent(key)}`, { 'x-functions-key': 'wrong' })).status,
      401,
    );
  });

  it('takes the key from the header, or from ?code=', async () => {
    assert.equal((await stack.host.getToken('', { 'x-functions-key': key })).status, 200);
    assert.equal((await stack.host.getToken(`?code=${encodeURIComponent(key)}`)).status, 200);
  });

  it('logs no key', () => {
    for (const secret of [key, masterKey, 'code=']) assert.ok(!stack.host.output().includes(secret));
  });
});
