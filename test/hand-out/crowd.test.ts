import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type HandOut, handOutToken } from '../../src/hand-out/hand-out.ts';
import { replaceRefusedToken } from '../../src/hand-out/refused-token.ts';
import { HOUR_MS, openWorkbench, type Workbench } from '../rotation/workbench.ts';

const account = 'default';

let bench: Workbench;
beforeEach(async () => {
  bench = await openWorkbench({ cacheMs: 15_000, cooldownMs: 30_000 });
});
afterEach(() => bench.close());

const parts = () => ({ ...bench, sleep: bench.sleepUntilPassed });
const ask = (minTtlSeconds?: number) => handOutToken(parts(), { account, minTtlSeconds });
const report = (generation: number) => replaceRefusedToken(parts(), { account, generation });
const requests = () => bench.simulator.stats().requests;

function thousand(call: () => Promise<HandOut>): Promise<HandOut[]> {
  return Promise.all(Array.from({ length: 1000 }, () => call()));
}

/** All answers have the same valid token. */
function assertAllGot(answers: readonly HandOut[], generation: number): void {
  const tokens = new Set(answers.map((answer) => answer.result === 'token' && answer.token.accessToken));
  assert.equal(tokens.size, 1);
  const [answer] = answers;
  assert.ok(answer?.result === 'token');
  assert.equal(answer.token.generation, generation);
  assert.equal(bench.simulator.checkAccessToken(answer.token.accessToken).live, true);
}

describe('a thousand callers in one process', () => {
  it('on an empty table cause one login and a few reads', async () => {
    assertAllGot(await thousand(ask), 1);
    assert.deepEqual(requests(), { login: 1, refresh: 0 });
    assert.ok(bench.store.reads() <= 3, `${bench.store.reads()} reads`);
  });

  it('on a token that has just expired cause one refresh and a few reads', async () => {
    await ask();
    bench.pass(12 * HOUR_MS);
    const reads = bench.store.reads();
    assertAllGot(await thousand(ask), 2);
    assert.deepEqual(requests(), { login: 1, refresh: 1 });
    assert.ok(bench.store.reads() - reads <= 3, `${bench.store.reads() - reads} reads`);
  });

  it('with a min_ttl that is not met cause one refresh', async () => {
    await ask();
    bench.pass(11.5 * HOUR_MS);
    assertAllGot(await thousand(() => ask(3600)), 2);
    assert.deepEqual(requests(), { login: 1, refresh: 1 });
  });

  it('that report one refused generation cause one rotation', async () => {
    await ask();
    bench.pass(30_000);
    assertAllGot(await thousand(() => report(1)), 2);
    assertAllGot(await thousand(() => report(1)), 2);
    assert.deepEqual(requests(), { login: 1, refresh: 1 });
  });

  it('share the result of a failed rotation, and start no other', async () => {
    bench.simulator.addFault({ on: 'login', times: null, fault: { kind: 'status', status: 500 } });
    for (let round = 0; round < 2; round += 1) {
      for (const answer of await thousand(ask)) {
        assert.deepEqual(answer, { result: 'unavailable', code: 'token_unavailable', retryAfterSeconds: 5 });
      }
    }
    assert.deepEqual(requests(), { login: 1, refresh: 0 });
  });
});
