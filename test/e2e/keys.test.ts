import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Stack, startStack } from './stack.ts';

// `func start` makes its keys itself: what it does with them is not ours to test.
const skip = process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test';

describe('a host that checks keys', { timeout: 120_000, skip }, () => {
  const key = 'function-key-of-this-test';
  let stack: Stack;
  before(async () => {
    stack = await startStack({ args: ['--enable-auth', '--function-key', key, '--master-key', 'master'] });
  });
  after(() => stack.stop());

  it('hands no token to a caller without a key, or with a wrong one', async () => {
    for (const headers of [{}, { 'x-functions-key': 'wrong' }]) {
      const answer = await stack.host.getToken('', headers);
      assert.deepEqual([answer.status, await answer.text()], [401, '']);
    }
    assert.equal(stack.simulator.stats().requests.login, 0);
  });

  it('takes the key from the header, or from ?code=', async () => {
    assert.equal((await stack.host.getToken('', { 'x-functions-key': key })).status, 200);
    assert.equal((await stack.host.getToken(`?code=${key}`)).status, 200);
  });

  it('logs no key', () => {
    assert.ok(!/code=/.test(stack.host.output()));
    assert.equal(stack.host.output().split(key).length - 1, stack.host.output().match(/[Ff]unction key/) ? 1 : 0);
  });
});
