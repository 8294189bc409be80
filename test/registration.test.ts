import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { bareEnv, startRunningHost } from './e2e/stack.ts';

const manifest = z
  .object({ main: z.string(), type: z.string() })
  .parse(createRequire(import.meta.url)('../package.json'));

describe('the deployed app', { timeout: 60_000 }, () => {
  it('is the built file that package.json names', () => {
    assert.equal(manifest.main, 'dist/index.cjs');
    assert.ok(existsSync(new URL(`../${manifest.main}`, import.meta.url)), 'run `npm run build` first');
  });

  it('registers exactly the functions expected, whatever its settings', async () => {
    const host = await startRunningHost(bareEnv());
    try {
      const listed = z
        .array(z.object({ name: z.string() }))
        .parse(await (await fetch(`${host.url}/admin/functions`)).json());
      assert.deepEqual(listed.map(({ name }) => name).toSorted(), [
        'getHealth',
        'getToken',
        'refreshTokens',
        'reportRefusedToken',
      ]);
    } finally {
      await host.stop();
    }
  });
});
