import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import * as z from 'zod';
import { HOUR_MS } from '../fixtures.ts';
import { concealTokens, nameOf } from './comparable.ts';
import { type Stack, startStack, until } from './stack.ts';

const servedSchema = z.object({
  account: z.literal('default'),
  caller: z.literal('function-key'),
  generation: z.int(),
  secondsLeft: z.int().positive().max(43_200),
  from: z.enum(['store', 'cache']),
  ms: z.number().nonnegative(),
});

describe('the main job, end to end', { timeout: 120_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ settings: { CACHE_SECONDS: '0' } }); // the tests change the row behind the host
  });
  after(() => stack.stop());
  beforeEach(() => {
    stack.simulator.clearFaults();
    stack.simulator.changeSettings({ accessLifeSeconds: 43_200 });
  });

  const generation = async () => (await stack.row())?.generation ?? 0;

  /** Puts a token with less than the margin into the row, and forgets what held attempts back. */
  async function becomeDue(): Promise<number> {
    const stored = await stack.store.read('default');
    assert.ok(stored?.row.tokens.state === 'held');
    const set = { ...stored.row.tokens.set, accessExpiresAtMs: Date.now() + 3_500_000 };
    const row = { ...stored.row, tokens: { state: 'held', set }, refreshedAtMs: Date.now() - 11 * HOUR_MS } as const;
    await stack.store.write({ ...row, nextAttemptAtMs: undefined, retryAfterUntilMs: undefined }, stored.etag);
    return stored.row.generation;
  }

  it('answers the first call on an empty table with a live token', async () => {
    const answer = await stack.host.getToken();
    const body: Record<string, unknown> = JSON.parse(await answer.text());
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/json');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.equal(stack.simulator.checkAccessToken(String(body.access_token)).live, true);
    assert.deepEqual(Object.keys(body), [
      'access_token',
      'token_type',
      'expires_in',
      'expires_at',
      'refreshed_at',
      'generation',
      'source',
      'stale',
    ]);
    assert.deepEqual([body.token_type, body.generation, body.source, body.stale], ['Bearer', 1, 'login', false]);
    assert.equal(new Date(String(body.expires_at)).toISOString(), body.expires_at);
  });

  it('gives the same token bare, as text', async () => {
    const json: Record<string, unknown> = JSON.parse(await (await stack.host.getToken()).text());
    const text = await stack.host.getToken('', { accept: 'text/plain' });
    assert.match(text.headers.get('content-type') ?? '', /^text\/plain/);
    assert.equal(nameOf(await text.text()), nameOf(String(json.access_token)));
    assert.equal(text.headers.get('cache-control'), 'no-store');
  });

  it('never hands out the refresh token', async () => {
    const row = await stack.row();
    assert.ok(row?.tokens.state === 'held');
    const answers = await Promise.all([stack.host.getToken(), stack.host.getToken('', { accept: 'text/plain' })]);
    for (const answer of answers) assert.ok(!(await answer.text()).includes(row.tokens.set.refreshToken));
  });

  it('logs each hand-out: the caller, the generation, the life left, and where the token came from', async () => {
    const host = await stack.startHost({ settings: { CACHE_SECONDS: '5' } });
    const { generation: current } = (await stack.row()) ?? {};
    for (let calls = 0; calls < 2; calls += 1) await host.getToken();
    assert.equal((await host.report(0)).status, 200);
    const lines = () => [...host.output().matchAll(/token\.served (\{.*\})/g)].map(([, json = '']) => json);
    await until(() => lines().length >= 3);
    const served = lines().map((json) => servedSchema.parse(JSON.parse(json)));
    assert.deepEqual(
      served.map(({ generation: of, from }) => [of, from]),
      [
        [current, 'store'],
        [current, 'cache'],
        [current, 'cache'],
      ],
    );
  });

  it('lets the timer do nothing while more than the margin is left', async () => {
    const stored = concealTokens(await stack.store.read('default'));
    const requests = stack.simulator.stats().requests;
    await stack.host.runTimer();
    await until(() => /rotation\.not_due/.test(stack.host.output()));
    assert.deepEqual(concealTokens(await stack.store.read('default')), stored);
    assert.deepEqual(stack.simulator.stats().requests, requests);
  });

  it('lets the timer refresh when the margin or less is left', async () => {
    const old = await becomeDue();
    await stack.host.runTimer();
    await until(async () => (await generation()) === old + 1);
    const row = await stack.row();
    assert.deepEqual([row?.source, row?.lease, row?.spentRefreshToken], ['refresh', undefined, undefined]);
    assert.equal(stack.simulator.stats().refused.spentRefreshToken, 0);
  });

  it('recovers from an answer that got lost after the rotation: by a login, never with the spent token', async () => {
    const old = await becomeDue();
    stack.simulator.addFault({ on: 'refresh', fault: { kind: 'disconnect', processed: true } });
    await stack.host.runTimer();
    await until(async () => (await generation()) === old + 1);
    assert.equal((await stack.row())?.source, 'login');
    assert.equal(stack.simulator.stats().refused.spentRefreshToken, 0);
  });

  it('fails the invocation and keeps the pair where Quartile turns the refresh away', async () => {
    const old = await becomeDue();
    const stored = concealTokens(await stack.store.read('default'));
    stack.simulator.addFault({
      on: 'refresh',
      fault: { kind: 'status', status: 429, headers: { 'retry-after': '60' } },
    });
    await stack.host.runTimer();
    await until(() => /RotationFailedError.*http_429/.test(stack.host.output()));
    const row = concealTokens(await stack.store.read('default'))?.row;
    assert.deepEqual([row?.tokens, row?.generation, row?.lease], [stored?.row.tokens, old, undefined]);
    const body: Record<string, unknown> = JSON.parse(await (await stack.host.getToken()).text());
    assert.deepEqual([body.generation, body.stale], [old, true]);
  });

  it('promises min_ttl, or says which values it takes', async () => {
    const old = await becomeDue();
    const kept: Record<string, unknown> = JSON.parse(await (await stack.host.getToken('?min_ttl=3400')).text());
    const renewed: Record<string, unknown> = JSON.parse(await (await stack.host.getToken('?min_ttl=3600')).text());
    assert.deepEqual([kept.generation, renewed.generation], [old, old + 1]);
    const refused = await stack.host.getToken('?min_ttl=3601');
    const problem: Record<string, unknown> = JSON.parse(await refused.text());
    assert.equal(refused.status, 400);
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual([problem.status, problem.code], [400, 'invalid_request']);
  });

  it('never hands out a dead token', async () => {
    const old = await becomeDue();
    stack.simulator.changeSettings({ accessLifeSeconds: 2 });
    await stack.host.runTimer();
    await until(async () => (await generation()) === old + 1);
    stack.simulator.addFault({ on: 'any', times: null, fault: { kind: 'status', status: 500 } });
    let answer = await stack.host.getToken('', { accept: 'text/plain' });
    for (; answer.status === 200; answer = await stack.host.getToken('', { accept: 'text/plain' })) {
      assert.equal(stack.simulator.checkAccessToken(await answer.text()).live, true);
    }
    assert.equal(answer.status, 503);
    assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    assert.equal(JSON.parse(await answer.text()).code, 'token_unavailable');
  });

  it('says that the store is out of reach', async () => {
    const lost = await stack.startHost({
      settings: {
        TOKEN_STORAGE: stack.azurite.connectionString.replace(
          /TableEndpoint=[^;]*/,
          'TableEndpoint=http://127.0.0.1:1/devstoreaccount1',
        ),
      },
    });
    const answer = await lost.getToken();
    assert.equal(answer.status, 503);
    assert.equal(JSON.parse(await answer.text()).code, 'store_unavailable');
    assert.ok(answer.headers.get('retry-after'));
  });

  it('answers a wrong method and an unknown route with 404, as the real host does', async () => {
    const { url } = stack.host;
    const wrong = await Promise.all([
      fetch(`${url}/api/token`, { method: 'POST' }),
      fetch(`${url}/api/token`, { method: 'HEAD' }),
      fetch(`${url}/api/tokens`),
    ]);
    assert.deepEqual(
      wrong.map(({ status }) => status),
      [404, 404, 404],
    );
  });
});
