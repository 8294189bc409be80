import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Azurite, startAzurite } from '../../src/local/azurite.ts';
import { keySetting } from '../fixtures.ts';
import { credentials } from './credentials.ts';
import { bareEnv, type RunningHost, startRunningHost } from './running-host.ts';
import { until } from './stack.ts';

/** The host itself needs a working `AzureWebJobsStorage`: without one, a real host never calls the timer function. */
describe('a host with wrong settings', { timeout: 120_000 }, () => {
  const secret = 'not-a-connection-string-9f2e';
  let azurite: Azurite;
  before(async () => {
    azurite = await startAzurite();
  });
  after(() => azurite?.stop());

  const withHost = async (env: Record<string, string>, test: (host: RunningHost) => Promise<void>) => {
    const host = await startRunningHost({ ...bareEnv(), AzureWebJobsStorage: azurite.connectionString, ...env });
    try {
      await test(host);
    } finally {
      await host.stop();
    }
  };

  it('starts, answers 500, fails the timer, and names every problem in its log, never the value', async () => {
    await withHost({ TOKEN_STORAGE: secret, REFRESH_MARGIN_MINUTES: '0' }, async (host) => {
      for (const path of ['openapi.json', 'status'])
        assert.equal((await fetch(`${host.url}/api/${path}`)).status, 500, path);
      assert.equal((await host.health()).status, 503);
      const answer = await host.getToken();
      const body = await answer.text();
      assert.equal(answer.status, 500);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(JSON.parse(body).code, 'misconfigured');
      await host.runTimer();
      for (const name of ['TOKEN_STORAGE', 'REFRESH_MARGIN_MINUTES', 'QUARTILE_SUBSCRIPTION_KEY']) {
        await until(() => new RegExp(`settings\\.invalid.*${name}`).test(host.output()));
        await until(() => new RegExp(`MisconfiguredError: .*${name}`).test(host.output()));
      }
      assert.ok(!host.output().includes(secret) && !body.includes(secret));
    });
  });

  it('warns of a margin below the period of the schedule, and works', async () => {
    const env = {
      TOKEN_ENCRYPTION_KEYS: keySetting('e2e'),
      QUARTILE_SUBSCRIPTION_KEY: credentials.subscriptionKey,
      QUARTILE_USERNAME: credentials.username,
      QUARTILE_PASSWORD: credentials.password,
      QUARTILE_BASE_URL: 'http://127.0.0.1:1',
      REFRESH_MARGIN_MINUTES: '10',
    };
    await withHost(env, async (host) => {
      assert.equal((await host.getToken('?min_ttl=601')).status, 400);
      await until(() => /settings\.warning.*REFRESH_MARGIN_MINUTES \(10\)/.test(host.output()));
    });
  });
});
