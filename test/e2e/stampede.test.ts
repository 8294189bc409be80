import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, beforeEach, describe, it } from 'node:test';
import * as z from 'zod';
import { nameOf } from './comparable.ts';
import { letTokenEnd } from './ending-token.ts';
import type { RunningHost } from './running-host.ts';
import { type Stack, startStack, until } from './stack.ts';

const CALLERS = 1000;

/** The whole answer: it goes through `node:http`, so the canary does not see it. */
const tokenSchema = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  expires_at: z.iso.datetime(),
  refreshed_at: z.iso.datetime(),
  generation: z.int(),
  source: z.enum(['login', 'refresh']),
  stale: z.boolean(),
});

type Call = { readonly method: 'GET' | 'POST'; readonly path: string; readonly body?: string };

describe('a thousand callers on three hosts', { timeout: 120_000 }, () => {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  let stack: Stack;
  let hosts: readonly RunningHost[];
  before(async () => {
    // Without a cool-down, so that nothing but the lease and the generation keeps a second rotation away.
    stack = await startStack({ settings: { CACHE_SECONDS: '1', FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    hosts = [stack.host, ...(await Promise.all([stack.startHost(), stack.startHost()]))];
  });
  after(async () => {
    agent.destroy();
    await stack.stop();
  });
  beforeEach(() => void stack.simulator.clearFaults());

  /** Fires all calls, holds Quartile's answer until every one has been sent, and checks that all got the same token. */
  async function stampede(call: Call): Promise<z.infer<typeof tokenSchema>> {
    stack.simulator.addFault({ on: 'any', fault: { kind: 'hold', processed: true } });
    let sent = 0;
    let answered = 0;
    const fire = (_: unknown, index: number) =>
      new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const { url } = hosts[index % hosts.length] ?? stack.host;
        const outgoing = request(url + call.path, { method: call.method, agent }, (response) => {
          answered += 1;
          response.setEncoding('utf8');
          let text = '';
          response.on('data', (chunk) => (text += String(chunk)));
          response.on('end', () => resolve({ status: response.statusCode, text }));
        });
        outgoing.on('finish', () => (sent += 1));
        outgoing.on('error', reject);
        outgoing.end(call.body);
      });
    const answers = Promise.all(Array.from({ length: CALLERS }, fire));
    await until(() => answered > 0 || (sent === CALLERS && stack.simulator.stats().held === 1));
    assert.equal(answered, 0);
    stack.simulator.release();
    const got = await answers;
    const kinds = new Set(got.map(({ status, text }) => (status === 200 ? describeToken(text) : text)));
    assert.equal(kinds.size, 1, [...kinds].join('\n'));
    return tokenSchema.parse(JSON.parse(got[0]?.text ?? ''));
  }

  async function askForEnd(host: RunningHost): Promise<number> {
    const answer = await host.getToken('?min_ttl=0');
    return Date.parse(z.object({ expires_at: z.string() }).parse(await answer.json()).expires_at);
  }

  function describeToken(text: string): string {
    const { access_token, expires_in: _, ...others } = tokenSchema.parse(JSON.parse(text));
    return JSON.stringify({ ...others, access_token: nameOf(access_token) });
  }

  it('with nothing in the table cause one login', async () => {
    const { access_token, generation } = await stampede({ method: 'GET', path: '/api/token' });
    assert.equal(generation, 1);
    assert.equal(stack.simulator.checkAccessToken(access_token).live, true);
    assert.deepEqual(stack.simulator.stats().requests, { login: 1, refresh: 0 });
  });

  it('that report one refused generation cause one rotation', async () => {
    const body = JSON.stringify({ generation: 1 });
    const { generation, source } = await stampede({ method: 'POST', path: '/api/token/refresh', body });
    assert.deepEqual([generation, source], [2, 'refresh']);
    assert.deepEqual(stack.simulator.stats().requests, { login: 1, refresh: 1 });
  });

  it('at the moment its token ends cause one refresh', async () => {
    const putEnd = (accessExpiresAtMs: number) =>
      stack.changeRow(({ tokens }) => {
        assert.ok(tokens.state === 'held');
        return { tokens: { state: 'held', set: { ...tokens.set, accessExpiresAtMs } } };
      });
    await letTokenEnd(
      putEnd,
      hosts.map((host) => () => askForEnd(host)),
    );
    const [ended, { requests }] = [await stack.row(), stack.simulator.stats()];
    const { generation, source } = await stampede({ method: 'GET', path: '/api/token' });
    assert.deepEqual([generation, source], [(ended?.generation ?? 0) + 1, 'refresh']);
    assert.deepEqual(stack.simulator.stats().requests, { login: 1, refresh: requests.refresh + 1 });
  });
});
