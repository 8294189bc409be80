import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keySetting } from '../fixtures.ts';
import { credentials } from './credentials.ts';
import { bareEnv, type RunningHost, startRunningHost } from './running-host.ts';
import { until } from './stack.ts';

describe('a host whose settings are wrong', { timeout: 120_000 }, () => {
  const secret = 'not-a-connection-string-9f2e';
  const withHost = async (env: Record<string, string>, test: (host: RunningHost) => Promise<void>) => {
    const host = await startRunningHost({ ...bareEnv(), ...env });
    try {
      await test(host);
    } finally {
      await host.stop();
    }
  };

  it('starts all the same, answers 500, and names every problem in its log, never the value', async () => {
    await withHost({ AzureWebJobsStorage: secret, REFRESH_MARGIN_MINUTES: '0' }, async (host) => {
      for (const path of ['openapi.json', 'status'])
        assert.equal((await fetch(`${host.url}/api/${path}`)).status, 500, path);
      assert.equal((await host.health()).status, 503);
      const answer = await host.getToken();
      const body = await answer.text();
      assert.equal(answer.status, 500);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.equal(JSON.parse(body).code, 'misconfigured');
      for (const name of ['AzureWebJobsStorage', 'REFRESH_MARGIN_MINUTES', 'QUARTILE_SUBSCRIPTION_KEY']) {
        await until(() => new RegExp(`settings\\.invalid.*${name}`).test(host.output()));
      }
      assert.ok(!host.output().includes(secret) && !body.includes(secret));
    });
  });

  it('fails the timer with the same words', async () => {
    await withHost({}, async (host) => {
      await host.runTimer();
      await until(() => /MisconfiguredError: .*QUARTILE_PASSWORD is missing/.test(host.output()));
      assert.match(host.output(), /settings\.invalid .*QUARTILE_PASSWORD is missing/);
    });
  });

  it('warns of a margin below the schedule, and works', async () => {
    const env = {
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
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
