import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { bareEnv, startRunningHost } from './e2e/running-host.ts';

const manifest = z
  .object({ main: z.string(), type: z.string() })
  .parse(createRequire(import.meta.url)('../package.json'));

describe('the deployed app', { timeout: 60_000 }, () => {
  it('is the built file in package.json', () => {
    assert.equal(manifest.main, 'dist/index.cjs');
    assert.ok(existsSync(new URL(`../${manifest.main}`, import.meta.url)), 'run `npm run build` first');
  });

  it('registers exactly the expected functions with any settings', async () => {
    for (const env of [{}, { CALLER_AUTH: 'function-key' }, { CALLER_AUTH: 'JWT' }, { CALLER_AUTH: 'none' }]) {
      assert.deepEqual(await registeredWith(env), functions);
    }
  });

  it('registers the auth routes with CALLER_AUTH=jwt', async () => {
    const withAuth = [...functions, 'logInCaller', 'renewCallerAccess'].toSorted();
    assert.deepEqual(await registeredWith({ CALLER_AUTH: 'jwt' }), withAuth);
  });
});

const functions = ['getHealth', 'getOpenApi', 'getStatus', 'getToken', 'refreshTokens', 'reportRefusedToken'];

async function registeredWith(env: Record<string, string>): Promise<string[]> {
  const host = await startRunningHost({ ...bareEnv(), ...env });
  try {
    const answer = await fetch(`${host.url}/admin/functions`);
    const listed = z.array(z.object({ name: z.string() })).parse(await answer.json());
    return listed.map(({ name }) => name).toSorted();
  } finally {
    await host.stop();
  }
}
