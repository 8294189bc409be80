import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as z from 'zod';
import { issueToken } from '../../src/callers/caller-token.ts';
import { keyRing, keySetting } from '../fixtures.ts';
import type { RunningHost } from './running-host.ts';
import { type Stack, startStack, until } from './stack.ts';

const servedSchema = z.strictObject({
  account: z.literal('default'),
  caller: z.string(),
  generation: z.number(),
  secondsLeft: z.number(),
  from: z.enum(['store', 'cache']),
  ms: z.number().nonnegative(),
  level: z.literal('info'),
});

/** The hand-outs in a host's log, once there are `count`. */
async function servedBy(host: RunningHost, count: number) {
  const lines = () => [...host.output().matchAll(/token\.served (\{.*\})/g)].map(([, json = '']) => json);
  await until(() => lines().length >= count);
  return lines().map((json) => servedSchema.parse(JSON.parse(json)));
}

describe('the log of a host', { timeout: 120_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack();
  });
  after(() => stack.stop());

  it('has each hand-out: its generation, remaining life and origin', async () => {
    for (let calls = 0; calls < 2; calls += 1) await stack.host.getToken();
    const answer = await stack.host.report(0);
    assert.equal(answer.status, 200);
    const [first, second, reported, ...more] = await servedBy(stack.host, 3);
    assert.deepEqual([first?.from, second?.from, reported?.from, more.length], ['store', 'cache', 'cache', 0]);
    for (const served of [first, second, reported]) {
      assert.deepEqual([served?.caller, served?.generation], ['function-key', 1]);
      assert.ok(served && served.secondsLeft > 43_000 && served.secondsLeft <= 43_200);
    }
  });

  it('has each refusal, with the caller', async () => {
    assert.equal((await stack.host.report(1)).status, 200);
    assert.equal((await stack.host.report(2)).status, 429);
    await until(() => /token\.withheld .*"caller":"function-key","code":"rotated_recently"/.test(stack.host.output()));
  });

  it('shows reads of the table if nothing is cached, and the names of callers', async () => {
    const settings = { CACHE_SECONDS: '0', CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: keySetting('jwt') };
    const host = await stack.startHost({ settings });
    const token = await issueToken(
      keyRing('jwt'),
      { caller: 'worker-1', credentialId: 'c', kind: 'access' },
      { lifeMs: 60_000, nowMs: Date.now(), tokenId: 't' },
    );
    stack.keepSecret('caller token', token);
    for (let calls = 0; calls < 2; calls += 1) await host.getToken('', { authorization: `Bearer ${token}` });
    const served = await servedBy(host, 2);
    assert.deepEqual(
      served.map(({ caller, from }) => [caller, from]),
      [
        ['worker-1', 'store'],
        ['worker-1', 'store'],
      ],
    );
  });
});
