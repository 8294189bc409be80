import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sealedUnder } from '../../src/store/sealed-column.ts';
import { openTable } from '../../src/store/azure-table.ts';
import * as z from 'zod';
import { keySetting } from '../fixtures.ts';
import { ENCRYPTION_KEY } from './credentials.ts';
import type { RunningHost } from './running-host.ts';
import { type Stack, startStack, until } from './stack.ts';

const answerSchema = z.object({ generation: z.number() });
const [OLD, NEW] = [ENCRYPTION_KEY, 'new'];

/** Two instances that look at the table at every call. */
describe('rolling over to a new encryption key with two instances', { timeout: 120_000 }, () => {
  let stack: Stack;
  const instances: RunningHost[] = [];
  before(async () => {
    stack = await startStack({ settings: { CACHE_SECONDS: '0', FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    instances.push(stack.host, await stack.startHost());
  });
  after(() => stack.stop());

  /** Deploys a ring to one instance: it is started anew. */
  const deploy = async (index: number, ...ids: string[]) => {
    await instances[index]?.stop();
    const settings = { TOKEN_ENCRYPTION_KEYS: ids.map(keySetting).join(',') };
    instances[index] = await stack.startHost({ settings });
  };
  const generations = () =>
    Promise.all(
      instances.map(async (host) => {
        const answer = await host.getToken();
        assert.equal(answer.status, 200);
        return answerSchema.parse(await answer.json()).generation;
      }),
    );
  const rotateOn = async (index: number, generation: number) => {
    assert.equal((await instances[index]?.report(generation))?.status, 200);
  };
  const rowKey = async () => {
    const { connectionString } = stack.azurite;
    const table = await openTable({ kind: 'connection-string', connectionString }, 'tokens');
    return sealedUnder(String((await table.getEntity('default', 'token')).tokens));
  };

  it('never makes them fight, at any step, and logs in but once', async () => {
    assert.deepEqual(await generations(), [1, 1]);
    // The new key last: one instance after the other, each of them rotating in between.
    await deploy(0, OLD, NEW);
    await rotateOn(0, 1);
    assert.deepEqual(await generations(), [2, 2]);
    await rotateOn(1, 2);
    await deploy(1, OLD, NEW);
    assert.deepEqual(await generations(), [3, 3]);
    assert.equal(await rowKey(), OLD);
    // To the front: whoever has it there seals under it, and the other one opens it.
    await deploy(0, NEW, OLD);
    assert.deepEqual(await generations(), [3, 3]);
    await rotateOn(0, 3);
    assert.equal(await rowKey(), NEW);
    assert.deepEqual(await generations(), [4, 4]);
    await rotateOn(1, 4);
    assert.equal(await rowKey(), OLD);
    assert.deepEqual(await generations(), [5, 5]);
    await deploy(1, NEW, OLD);
    await rotateOn(1, 5);
    assert.equal(await rowKey(), NEW);
    // The old one dropped.
    await deploy(0, NEW);
    assert.deepEqual(await generations(), [6, 6]);
    await deploy(1, NEW);
    await rotateOn(1, 6);
    assert.deepEqual(await generations(), [7, 7]);
    const { login, refresh } = stack.simulator.stats().requests;
    assert.deepEqual([login, refresh], [1, 6]);
    assert.equal((await instances[0]?.health())?.status, 200);
  });

  it('costs a login, told of in log and health, where the old key was dropped too early', async () => {
    await deploy(0, 'another');
    const [hasty, other] = instances;
    assert.ok(hasty && other);
    assert.equal((await hasty.health()).status, 503);
    await until(() => /health\.not_ok.*tokens_unreadable/.test(hasty.output()));
    assert.equal((await hasty.getToken()).status, 200);
    await until(() => /tokens\.unreadable.*unknown_key/.test(hasty.output()));
    assert.equal(stack.simulator.stats().requests.login, 2);
    // The other one does not know that key: it serves what it remembers, and logs in for no caller for 5 min.
    const answer = await other.getToken();
    assert.deepEqual([answer.status, answerSchema.parse(await answer.json()).generation], [200, 7]);
    assert.equal((await other.report(7)).status, 503);
    assert.deepEqual(await (await other.health()).json(), { status: 'degraded' });
    assert.equal(stack.simulator.stats().requests.login, 2);
    await other.runTimer();
    await until(() => stack.simulator.stats().requests.login === 3);
    await until(async () => (await other.health()).ok && (await (await other.health()).text()).includes('ok'));
  });
});
