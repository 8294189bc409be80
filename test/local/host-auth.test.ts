import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { killHosts, startHost } from './host-process.ts';

after(killHosts);

describe('with --enable-auth', () => {
  test('keys that are created at start are printed and checked', async () => {
    const host = await startHost({ args: ['--enable-auth'] });
    const { functionKey, masterKey } = host.ready;
    assert.ok(typeof functionKey === 'string' && typeof masterKey === 'string');
    await host.seen(new RegExp(`^Function key: ${functionKey}$`, 'm'));
    await host.seen(new RegExp(`^Master key: ${masterKey}$`, 'm'));
    const status = async (path: string, key?: string) =>
      (await fetch(`${host.url}${path}`, key === undefined ? {} : { headers: { 'x-functions-key': key } })).status;

    assert.equal(await status('/api/echo'), 200);
    assert.equal(await status('/api/protected'), 401);
    assert.equal(await status('/api/protected', 'wrong'), 401);
    assert.equal(await status('/api/protected', functionKey), 200);
    assert.equal(await status('/api/protected', masterKey), 200);
    assert.equal(await status('/admin/functions'), 401);
    assert.equal(await status('/admin/functions', functionKey), 403);
    assert.equal(await status('/admin/functions', masterKey), 200);
    assert.equal(await status('/api/unknown'), 404);

    const refused = await fetch(`${host.url}/api/protected`);
    assert.equal(refused.headers.get('www-authenticate'), null);
    assert.equal(await refused.text(), '');
    const byQuery = await fetch(`${host.url}/api/protected?code=${functionKey}`);
    assert.deepEqual(await byQuery.json(), { code: functionKey });
  });

  test('keys can be given, and are not repeated', async () => {
    const host = await startHost({ args: ['--enable-auth', '--function-key', 'fk-given', '--master-key', 'mk-given'] });
    assert.equal(host.ready['functionKey'], 'fk-given');
    assert.equal((await fetch(`${host.url}/api/protected?code=fk-given`)).status, 200);
    assert.equal((await fetch(`${host.url}/admin/host/status?code=mk-given`)).status, 200);
    await host.seen(/^Function key: \(as given\)\nMaster key: \(as given\)$/m);
    assert.doesNotMatch(host.output(), /[fm]k-given/);
  });

  test('keys can come from the environment, which a command line overrides', async () => {
    const host = await startHost({
      args: ['--enable-auth', '--master-key', 'mk-given'],
      env: { HOST_FUNCTION_KEY: 'fk-environment', HOST_MASTER_KEY: 'mk-environment' },
    });
    assert.equal((await fetch(`${host.url}/api/protected?code=fk-environment`)).status, 200);
    assert.equal((await fetch(`${host.url}/admin/host/status?code=mk-given`)).status, 200);
    assert.equal((await fetch(`${host.url}/admin/host/status?code=mk-environment`)).status, 401);
    await host.seen(/^Function key: \(as given\)\nMaster key: \(as given\)$/m);
    assert.doesNotMatch(host.output(), /[fm]k-/);
  });

  test('one key can be given, and the other one is printed', async () => {
    const host = await startHost({ args: ['--enable-auth', '--master-key', 'mk-given'] });
    await host.seen(/^Function key: [\w-]{43}\nMaster key: \(as given\)$/m);
  });
});
