import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { handOutToken } from '../../src/hand-out/hand-out.ts';
import { replaceRefusedToken } from '../../src/hand-out/refused-token.ts';
import { newRow } from '../../src/rotation/row-changes.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { openWorkbench, type Workbench } from '../rotation/workbench.ts';

const account = 'default';
let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench({ cacheMs: 15_000, cooldownMs: 30_000 });
});
afterEach(() => bench.close());

const logins = () => bench.simulator.stats().requests.login;

const parts = () => ({ ...bench, sleep: bench.sleepUntilPassed });

async function ask() {
  const answer = await handOutToken(parts(), { account, minTtlSeconds: undefined });
  assert.ok(answer.result === 'token', JSON.stringify(answer));
  const { generation, stale } = answer.token;
  return { generation, stale, from: answer.from };
}

async function report(generation: number): Promise<number | string> {
  const answer = await replaceRefusedToken(parts(), { account, generation });
  return answer.result === 'token' ? answer.token.generation : answer.code;
}

const losses: [what: string, remains: Partial<TokenRow> | undefined][] = [
  ['was deleted', undefined],
  ['was created again and has no pair yet', { consecutiveFailures: 1 }],
  ['was created again and cannot be decrypted', { tokens: { state: 'unreadable', reason: 'unknown_key', sealed: {} } }],
];
for (const [what, remains] of losses) {
  describe(`an instance that remembers a valid token, and whose row ${what}`, () => {
    beforeEach(async () => {
      await bench.check();
      await ask();
      bench.pass(60_000);
      bench.store.forget(account);
      const row = newRow(account, { writeId: 'of another instance', nowMs: bench.nowMs() });
      if (remains) await bench.store.write({ ...row, ...remains }, undefined);
    });

    it('serves it at once, and starts no login for that', async () => {
      const stale = remains?.consecutiveFailures === 1;
      for (const from of ['cache', 'cache']) assert.deepEqual(await ask(), { generation: 1, stale, from });
      assert.equal(logins(), 1);
    });

    it('serves another one as soon as the timer has received it', async () => {
      await ask();
      assert.equal((await parts().rotator.rotate(bench.request())).result, 'done');
      assert.equal((await ask()).generation, 2);
    });

    it('renews it for a report, and never answers with the one that was reported', async () => {
      bench.simulator.addFault({ on: 'login', fault: { kind: 'status', status: 500 } });
      assert.equal(await report(1), 'token_unavailable');
      assert.equal(await report(0), 1, 'that was another token');
      bench.pass(300_000);
      assert.equal(await report(1), 2);
      assert.equal(logins(), 3);
    });
  });
}
