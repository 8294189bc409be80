import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAzureCallerStore } from '../../src/callers/azure-callers.ts';
import { createTokenSource, type TokenSource } from '../../src/client/index.ts';
import { runAction } from '../../src/local/callers/run.ts';
import { STORE_REQUEST_TIMEOUT_MS } from '../../src/store/table-requests.ts';
import { openTable } from '../../src/store/azure-table.ts';
import { type Proxy, startProxy } from '../chaos/proxy.ts';
import { credentials } from '../e2e/credentials.ts';
import type { RunningHost } from '../e2e/running-host.ts';
import { type Stack, startStack } from '../e2e/stack.ts';
import { keySetting } from '../fixtures.ts';

// `func start` makes its keys itself: they are not known to the test.
const skip = process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test';
const FUNCTION_KEY = 'client-test-function-key';

/** A source over a real host, and what it sent there. */
type Line = { readonly source: TokenSource; readonly sent: string[]; readonly proxy: Proxy };

async function connect(host: RunningHost, options: object = { functionKey: FUNCTION_KEY }): Promise<Line> {
  const sent: string[] = [];
  const proxy = await startProxy(Number(new URL(host.url).port), ({ request }) => {
    sent.push(`${request.method} ${request.path}`);
  });
  const url = `http://127.0.0.1:${proxy.port}/`;
  const source = createTokenSource(Object.assign({ url, subscriptionKey: credentials.subscriptionKey }, options));
  return { source, sent, proxy };
}

for (const mode of ['function-key', 'jwt'] as const) {
  describe(`the client with a real service, CALLER_AUTH=${mode}`, { timeout: 120_000, skip }, () => {
    let stack: Stack;
    let options: object = { functionKey: FUNCTION_KEY };
    const lines: Line[] = [];
    before(async () => {
      stack = await startStack({
        args: ['--enable-auth', '--function-key', FUNCTION_KEY],
        settings: {
          CALLER_AUTH: mode,
          CALLER_JWT_KEYS: keySetting('jwt'),
          FORCED_REFRESH_COOLDOWN_SECONDS: '0',
          CACHE_SECONDS: '1',
        },
      });
      if (mode === 'jwt') options = await addCaller(stack);
    });
    after(async () => {
      await Promise.all(lines.map(({ proxy }) => proxy.close()));
      await stack.stop();
    });

    async function line(more: object = {}): Promise<Line> {
      const connected = await connect(stack.host, { ...options, ...more });
      lines.push(connected);
      return connected;
    }
    const business = () => `${stack.simulator.url}/simulator/live`;

    it('returns a valid token to 200 callers by one request', async () => {
      const { source, sent } = await line();
      const tokens = await Promise.all(Array.from({ length: 200 }, () => source.getToken()));
      const [first] = tokens;
      assert.ok(first && stack.simulator.checkAccessToken(first.accessToken).live);
      assert.equal(new Set(tokens.map(({ accessToken }) => accessToken)).size, 1);
      const login = mode === 'jwt' ? ['POST /api/auth/login'] : [];
      assert.deepEqual(sent, [...login, 'GET /api/token']);
      assert.ok(Math.abs(first.expiresAt.getTime() - Date.now() - 43_200_000) < 30_000);
    });

    it('completes a hundred calls with a revoked token by one report', async () => {
      const { source, sent } = await line();
      assert.equal((await source.authorizedFetch(business())).status, 200);
      stack.simulator.revoke('access');
      const answers = await Promise.all(Array.from({ length: 100 }, () => source.authorizedFetch(business())));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
      assert.equal(sent.filter((request) => request === 'POST /api/token/refresh').length, 1);
    });

    it('waits for the end of the cool-down if a token is refused right after its rotation', async () => {
      const host = await stack.startHost({
        args: ['--enable-auth', '--function-key', FUNCTION_KEY],
        settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '2' },
      });
      const young = await connect(host, options);
      lines.push(young);
      for (let count = 0; count < 3; count += 1) {
        assert.equal((await young.source.authorizedFetch(business())).status, 200);
        stack.simulator.revoke('access');
      }
    });

    it('works whatever the clock of this machine says', async (t) => {
      const { source } = await line();
      t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2019, 5, 1) });
      const { expiresAt } = await source.getToken();
      const lifeMs = expiresAt.getTime() - Date.UTC(2019, 5, 1);
      assert.ok(lifeMs > 43_000_000 && lifeMs <= 43_200_000, String(lifeMs));
      assert.equal((await source.authorizedFetch(business())).status, 200);
    });

    it('keeps the promise of minTtlSeconds, and refuses one that the service never makes', async () => {
      const { source } = await line();
      await source.getToken({ minTtlSeconds: 3_600 });
      await assert.rejects(source.getToken({ minTtlSeconds: 50_000 }), { code: 'invalid_request', status: 400 });
      assert.equal((await source.authorizedFetch(business())).status, 200);
    });

    it('refuses a wrong key', async () => {
      const wrong = mode === 'jwt' ? { clientSecret: 'wrong' } : { functionKey: 'wrong' };
      const { source, sent } = await line(wrong);
      for (let count = 0; count < 5; count += 1) {
        await assert.rejects(source.getToken(), { code: 'unauthorized', status: 401 });
      }
      assert.equal(sent.length, 1);
    });

    it('goes on with a valid token while the service is down', async () => {
      const { source } = await line({ waitMs: 5_000 }); // enough for the first token on a busy machine
      const { generation } = await source.getToken();
      await stack.host.stop();
      assert.equal((await source.authorizedFetch(business())).status, 200);
      assert.equal((await source.getToken()).generation, generation);
      stack.simulator.revoke('access');
      assert.equal((await source.authorizedFetch(business())).status, 401, 'there is no other token');
      const late = await line({ waitMs: 200 });
      await assert.rejects(late.source.getToken(), { code: 'unavailable' });
    });
  });
}

/** As `npm run callers` does it. */
async function addCaller({ azurite: { connectionString } }: Stack): Promise<object> {
  const table = await openTable({ kind: 'connection-string', connectionString }, 'callers');
  const store = createAzureCallerStore(table, STORE_REQUEST_TIMEOUT_MS);
  const printed = await runAction({ store, nowMs: Date.now }, { command: 'add', name: 'client-test' });
  return { clientId: 'client-test', clientSecret: /^client_secret: (.+)$/m.exec(printed)?.[1] };
}
