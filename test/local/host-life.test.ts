import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Readable } from 'node:stream';
import { after, describe, test } from 'node:test';
import { killHosts, type ReadyHost, spawnHost, startHost } from './host-process.ts';

after(killHosts);

describe('starting', () => {
  const refusals: [string, Parameters<typeof spawnHost>[0], RegExp][] = [
    [
      'an app that is not built',
      { app: 'not-built.cjs' },
      /^.*not-built\.cjs does not exist: run `npm run build` first\.\n$/m,
    ],
    ['an entry file that throws', { app: 'throws-on-load.cjs' }, /broken at load.*No job functions found/],
    ['an app without functions', { app: 'no-functions.cjs' }, /No job functions found/],
    ['two functions of one name', { app: 'duplicate.cjs' }, /"twice" has already been registered/],
    ['a function whose route has parameters', { app: 'route-template.cjs' }, /cannot run the function "item"/],
    ['a bad port', { args: ['--port', '70000'] }, /^--port takes a number.*--help/],
    ['an unknown option', { args: ['--prot', '1'] }, /--prot.*--help/],
  ];
  for (const [what, setup, message] of refusals) {
    test(`refuses ${what} with a clear line and exit code 1`, async () => {
      const host = await spawnHost(setup);
      assert.equal(await host.exited, 1);
      assert.match(host.output(), message);
    });
  }

  test('refuses a port that is taken and says how to choose another', async (t) => {
    const taken = createServer().listen(0, '127.0.0.1');
    t.after(() => taken.close());
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(typeof address === 'object' && address !== null);
    const host = await spawnHost({ args: ['--port', String(address.port)] });
    assert.equal(await host.exited, 1);
    assert.match(host.output(), new RegExp(`Port ${address.port} is taken\\. Choose another one with --port N`));
  });

  test('explains itself with --help', async () => {
    const host = await spawnHost({ args: ['--help'] });
    assert.equal(await host.exited, 0);
    assert.match(host.output(), /^Usage: npm run host -- .*--enable-auth[^]*HOST_FUNCTION_KEY/);
  });
});

describe('stopping', { skip: process.platform === 'win32' && 'no signals there' }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`on ${signal}, even twice, lets requests and timer runs finish and exits with 0`, async () => {
      const host = await startHost();
      const idle = connect(Number(new URL(host.url).port), '127.0.0.1');
      await once(idle, 'connect');
      const held = fetch(`${host.url}/api/hold`);
      await fetch(`${host.url}/admin/functions/background`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{}',
      });
      await Promise.all([host.seen(/hold: holding/), host.seen(/background begins/)]);

      host.child.kill(signal);
      await host.seen(/Stopping/);
      host.child.kill(signal);
      const refused = connect(Number(new URL(host.url).port), '127.0.0.1');
      const [error]: unknown[] = await once(refused, 'error');
      assert.ok(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED');

      host.child.send('release');
      const response = await held;
      assert.equal(response.headers.get('connection'), 'close');
      assert.equal(await response.text(), 'held');
      assert.equal(await host.exited, 0);
      assert.match(host.output(), /background ends/);
      assert.equal(host.output().split('Stopping').length, 2, 'it stops once');
      idle.destroy();
    });
  }

  test('follows when the parent that started it over IPC is gone', async () => {
    const host = await startHost();
    host.child.disconnect();
    assert.equal(await host.exited, 0);
  });
});

test('an unhandled rejection in the app ends the process with exit code 1', async () => {
  const host = await startHost();
  await fetch(`${host.url}/api/rejects`).catch(() => {});
  assert.equal(await host.exited, 1);
  assert.match(host.output(), /unhandled rejection.*not handled/);
});

test('limits bodies by FUNCTIONS_REQUEST_BODY_SIZE_LIMIT, if that is a number', async () => {
  const send = (host: ReadyHost, body: string | Readable) =>
    fetch(`${host.url}/api/echo`, { method: 'POST', body, ...(typeof body === 'string' ? {} : { duplex: 'half' }) });
  const limited = await startHost({ env: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '10' } });
  assert.equal((await send(limited, 'x'.repeat(10))).status, 200);
  assert.equal((await send(limited, 'x'.repeat(11))).status, 413);
  assert.equal((await send(limited, Readable.from(['x'.repeat(6), 'x'.repeat(6)]))).status, 413);
  const usual = await startHost({ env: { FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: 'ten' } });
  assert.equal((await send(usual, 'x'.repeat(11))).status, 200);
});
