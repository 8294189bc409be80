import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startStack } from './stack.ts';

describe('an app whose environment names a proxy', { timeout: 60_000 }, () => {
  it('does not ask it for Azurite and the simulator on this machine', async () => {
    const proxy = 'http://127.0.0.1:9'; // nothing listens there
    const settings = { HTTP_PROXY: proxy, http_proxy: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy };
    const stack = await startStack({ settings });
    try {
      assert.equal((await stack.host.getToken()).status, 200);
    } finally {
      await stack.stop();
    }
  });
});
