import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import * as z from 'zod';
import { nameOf } from './comparable.ts';
import type { RunningHost } from './running-host.ts';
import { type Stack, startStack } from './stack.ts';

const answerSchema = z.union([
  z.object({ access_token: z.string(), generation: z.int(), stale: z.boolean() }),
  z.object({ code: z.string(), status: z.int() }),
]);

async function read(response: Response) {
  const body = answerSchema.parse(JSON.parse(await response.text()));
  return { status: response.status, headers: response.headers, ...body };
}

describe('POST /api/token/refresh', { timeout: 120_000 }, () => {
  let stack: Stack;
  let other: RunningHost;
  before(async () => {
    stack = await startStack({ settings: { CACHE_SECONDS: '0' } }); // the tests change the row behind the hosts
    other = await stack.startHost();
    assert.equal((await stack.host.getToken()).status, 200);
  });
  after(() => stack.stop());
  beforeEach(() => void stack.simulator.clearFaults());

  /** Ages the pair in the table beyond the cool-down. @returns its generation */
  async function age(): Promise<number> {
    const free = { nextAttemptAtMs: undefined, retryAfterUntilMs: undefined, refreshedAtMs: Date.now() - 60_000 };
    const { generation } = await stack.changeRow(() => free);
    return generation;
  }

  /** The names of the tokens that 200 callers get, every second one of them as text. */
  function askAll(): Promise<string>[] {
    return Array.from({ length: 200 }, async (_, index) => {
      const accept = index % 2 === 0 ? 'application/json' : 'text/plain';
      const answer = await stack.host.getToken('', { accept });
      assert.deepEqual([answer.status, answer.headers.get('content-type')?.split(';')[0]], [200, accept]);
      if (accept === 'text/plain') return nameOf(await answer.text());
      const body = await read(answer);
      assert.ok('access_token' in body);
      return nameOf(body.access_token);
    });
  }

  it('says what a body has to be', async () => {
    for (const body of ['', '{', '{}', '{"generation":"1"}', '{"generation":-1}', '[1]', 'generation=1']) {
      const answer = await stack.host.report(body);
      const problem: Record<string, unknown> = JSON.parse(await answer.text());
      assert.equal(answer.status, 400, body);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.deepEqual([problem.status, problem.code], [400, 'invalid_request']);
    }
  });

  it('rotates no generation that is young, and says when it will', async () => {
    await age();
    const first = await read(await stack.host.report(1));
    assert.ok('generation' in first);
    for (const host of [stack.host, other]) {
      const answer = await read(await host.report(first.generation));
      assert.ok('code' in answer);
      assert.deepEqual([answer.status, answer.code], [429, 'rotated_recently']);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      const seconds = Number(answer.headers.get('retry-after'));
      assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 36, `${seconds}`); // 30 s and jitter
    }
  });

  it('answers a newer token after the cool-down, as JSON or bare', async () => {
    const old = await age();
    const answer = await read(await stack.host.report(old));
    assert.ok('generation' in answer);
    assert.deepEqual([answer.status, answer.generation, answer.stale], [200, old + 1, false]);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(stack.simulator.checkAccessToken(answer.access_token).live, true);
    const bare = await other.report(old, { accept: 'text/plain' });
    assert.equal(nameOf(await bare.text()), nameOf(answer.access_token));
  });

  it('answers an older generation with the token that there is, and calls nobody', async () => {
    const { requests } = stack.simulator.stats();
    for (const host of [stack.host, other]) {
      const answer = await read(await host.report(0));
      assert.ok('generation' in answer);
      assert.equal(answer.generation, (await stack.row())?.generation);
    }
    assert.deepEqual(stack.simulator.stats().requests, requests);
  });

  it('rotates once for 50 reports over two hosts', async () => {
    const old = await age();
    const { login, refresh } = stack.simulator.stats().requests;
    const reports = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? stack.host : other).report(old));
    const answers = await Promise.all(reports.map(async (report) => read(await report)));
    for (const answer of answers) assert.ok('generation' in answer && answer.generation === old + 1);
    assert.deepEqual(stack.simulator.stats().requests, { login, refresh: refresh + 1 });
  });

  it('gives 503 where the rotation fails, and never the token that was reported', async () => {
    const old = await age();
    stack.simulator.addFault({ on: 'any', times: 2, fault: { kind: 'status', status: 500 } });
    const answer = await read(await stack.host.report(old));
    assert.ok('code' in answer);
    assert.deepEqual([answer.status, answer.code], [503, 'token_unavailable']);
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  });

  it('knows no cool-down where that is set to 0', async () => {
    const eager = await stack.startHost({ settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    const old = await age();
    for (const generation of [old, old + 1, old + 2]) {
      const answer = await read(await eager.report(generation));
      assert.ok('generation' in answer);
      assert.equal(answer.generation, generation + 1);
    }
  });

  it('is POST alone', async () => {
    assert.equal((await fetch(`${stack.host.url}/api/token/refresh`)).status, 404);
  });

  it('leaves every caller with one whole token, as JSON or bare', async () => {
    const old = await age();
    const tokensBefore = await Promise.all(askAll());
    const meanwhile = askAll();
    const answer = await read(await stack.host.report(old));
    const tokensAfter = await Promise.all(askAll());
    assert.ok('access_token' in answer);
    const [name, oldName] = [nameOf(answer.access_token), tokensBefore[0]];
    assert.notEqual(name, oldName);
    assert.deepEqual([new Set(tokensBefore), new Set(tokensAfter)], [new Set([oldName]), new Set([name])]);
    for (const either of await Promise.all(meanwhile)) assert.ok([name, oldName].includes(either));
  });
});
