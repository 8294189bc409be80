import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { killHosts, spawnHost, startHost } from './host-process.ts';
import type { ReadyHost } from './host-process.ts';

after(killHosts);

describe('the built-in host', () => {
  let host: ReadyHost;
  before(async () => {
    host = await startHost({ env: { TEST_SCHEDULE: '0 0 6 * * *' } });
  });
  const get = (path: string, init?: RequestInit) => fetch(`${host.url}${path}`, init);

  test('says what it is, what it serves and that it is ready', async () => {
    await host.seen(/Host ready on http:\/\/127\.0\.0\.1:\d+\n/);
    assert.match(host.output(), /stand-in for `func start`/);
    assert.match(host.output(), /echo: \[GET,POST,PUT\] http:\/\/127\.0\.0\.1:\d+\/api\/echo/);
    assert.match(host.output(), /fromSetting: timer 0 0 6 \* \* \*, next run \d{4}-\d\d-\d\dT06:00:00\.000Z/);
    assert.deepEqual(host.ready, { ready: true, url: host.url });
  });

  test('hands a request to its function', async () => {
    const response = await get('/API/Echo/?a=1&A=2&b=%20x&empty=', {
      method: 'POST',
      headers: { 'x-functions-key': 'passed on' },
      body: 'the body',
    });
    const echo = Object(await response.json());
    assert.equal(echo.method, 'POST');
    assert.equal(echo.url, `${host.url}/API/Echo/?a=1&A=2&b=%20x&empty=`);
    assert.equal(echo.headers['x-functions-key'], 'passed on');
    assert.deepEqual(echo.query, { a: '1,2', b: ' x', empty: '' });
    assert.equal(echo.body, 'the body');
    assert.match(echo.invocationId, /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/);
    assert.equal(echo.functionName, 'echo');
  });

  test('takes a body of several chunks, binary ones too', async () => {
    const body = Buffer.alloc(300_000, 'x');
    const echo = Object(await (await get('/api/echo', { method: 'PUT', body })).json());
    assert.equal(echo.body.length, 300_000);
  });

  test('refuses a body over the limit with 413', async () => {
    const options = { method: 'POST', path: '/api/echo', headers: { 'content-length': 104_857_601 } };
    assert.equal((await raw(options)).statusCode, 413);
  });

  test('matches parameters, and leaves %2F as it was', async () => {
    assert.deepEqual(await (await get('/api/items/a%2Fb%20c')).json(), { id: 'a%2Fb c' });
    assert.deepEqual(await (await get('/api/optional')).json(), {});
    assert.deepEqual(await (await get('/api/files/a/b')).json(), { rest: 'a/b' });
  });

  test('chooses among functions that share a route by method', async () => {
    assert.equal(await (await get('/api/shared')).text(), 'got');
    assert.equal(await (await get('/api/shared', { method: 'POST' })).text(), 'posted');
  });

  test('answers 404 with an empty body to what it does not know', async () => {
    const requests: [string, string][] = [
      ['GET', '/api/unknown'],
      ['GET', '/echo'],
      ['DELETE', '/api/echo'],
      ['HEAD', '/api/echo'],
      ['OPTIONS', '/api/echo'],
    ];
    for (const [method, path] of requests) {
      const response = await get(path, { method });
      assert.equal(response.status, 404, `${method} ${path}`);
      assert.equal(await response.text(), '');
    }
  });

  test('serves HEAD and OPTIONS where they are listed', async () => {
    assert.equal((await get('/api/headed', { method: 'HEAD' })).status, 200);
    assert.equal((await get('/api/headed', { method: 'OPTIONS' })).status, 200);
  });

  test('adds Date and Server, and sends chunks unless the app sets a length', async () => {
    const chunked = await raw({ path: '/api/echo' });
    assert.equal(chunked.headers['transfer-encoding'], 'chunked');
    assert.ok(chunked.headers.date);
    assert.ok(chunked.headers.server);
    const counted = await raw({ path: '/api/withLength' });
    assert.equal(counted.headers['content-length'], '4');
    assert.equal(counted.headers['transfer-encoding'], undefined);
    assert.equal(counted.headers['x-own'], 'kept');
  });

  test('answers 204 when nothing is returned, and sends statuses without a body', async () => {
    assert.equal((await get('/api/nothing')).status, 204);
    const created = await raw({ path: '/api/emptyBody' });
    assert.equal(created.statusCode, 201);
    assert.equal(created.headers['content-length'], '0');
    assert.equal((await get('/api/notModified')).headers.get('etag'), '"1"');
  });

  test('sets cookies', async () => {
    const response = await get('/api/cookies');
    assert.deepEqual(response.headers.getSetCookie(), ['a=b%20c; max-age=60; path=/; samesite=strict; httponly']);
  });

  test('answers 500 with an empty body when a handler throws, and logs it in one line', async () => {
    const response = await get('/api/throws');
    assert.equal(response.status, 500);
    assert.equal(await response.text(), '');
    await host.seen(/^\S+ ERROR throws: .*thrown by the handler/m);
    assert.equal((await get('/api/noObject')).status, 500);
  });

  test('logs each request without its query string or headers', async () => {
    await get('/api/echo?code=secret-in-query', { headers: { 'x-functions-key': 'secret-in-header' } });
    await get('/api/logs?last=1');
    await host.seen(/^\d{4}-\S+Z INFO {2}host: GET \/api\/echo 200 \d+ ms$/m);
    await host.seen(/GET \/api\/logs 200/);
    assert.doesNotMatch(host.output(), /secret-in|last=1/);
  });

  test("writes the app's log lines with their level and function", async () => {
    await get('/api/logs');
    await host.seen(/INFO {2}logs: plain \{ a: 1 \}/);
    await host.seen(/WARN {2}logs: warned/);
    await host.seen(/ERROR logs: erred/);
    await host.seen(/INFO {2}logs: rewritten by a hook/);
    assert.doesNotMatch(host.output(), /too detailed/);
  });

  test('runs hooks', async () => {
    const hooked = await get('/api/hooked');
    assert.equal(hooked.headers.get('x-hook'), 'post');
    assert.equal(await hooked.text(), 'from a hook');
    assert.deepEqual(await (await get('/api/hookCalls')).json(), ['appStart']);
  });

  test('takes no registrations once it has started', async () => {
    assert.match(await (await get('/api/registersLate')).text(), /only be registered during app startup/);
  });

  test('lets a handler finish when its client hangs up', async () => {
    const client = request(`${host.url}/api/hold`).on('error', () => {});
    client.end();
    await host.seen(/hold: holding/);
    client.destroy();
    await get('/api/release');
    await host.seen(/hold: let go/);
  });

  test('lets everybody in without --enable-auth', async () => {
    assert.equal((await get('/api/protected')).status, 200);
    assert.equal((await get('/api/adminLevel')).status, 200);
    assert.equal((await get('/admin/host/status')).status, 200);
  });

  test('switches off only the timers whose schedule cannot be read', async () => {
    await host.seen(/ERROR missingSetting: .*switched off.*NOT_SET_ANYWHERE/);
    await host.seen(/ERROR badSchedule: .*switched off/);
    assert.equal((await runNow('manual')).status, 202);
    assert.equal((await runNow('badSchedule')).status, 404);
  });

  test('says what it does not do', async () => {
    await host.seen(/WARN {2}queued: .*queueTrigger/);
    await host.seen(/WARN {2}failing: .*retry/);
  });

  test('runs a timer at start-up when it says so', () => host.seen(/onStartup: up/));

  test('runs a timer now, in the background', async () => {
    const response = await runNow('MANUAL');
    assert.equal(response.status, 202);
    assert.equal(await response.text(), '');
    await host.seen(/manual: Started \(manual, [\da-f]{8}\)/);
    await host.seen(
      /manual: timer says \{"schedule":\{"adjustForDST":true\},"scheduleStatus":null,"isPastDue":false\}/,
    );
    await host.seen(/manual: Succeeded \([\da-f]{8}\) in \d+ ms/);
  });

  test('logs a timer that fails and goes on', async () => {
    assert.equal((await runNow('failing')).status, 202);
    await host.seen(/ERROR failing: Failed \([\da-f]{8}\) in \d+ ms: Error: thrown by the timer/);
  });

  test('fires a timer on its schedule, and lets a manual run overlap it', async () => {
    await host.seen(/everySecond: tick\n/);
    assert.doesNotMatch(host.output(), /tick done/);
    await runNow('everySecond');
    await host.seen(/everySecond: Started \(schedule, ([\da-f]{8})\)[^]*everySecond: Succeeded \(\1\)/);
  });

  test('refuses a manual run that is not well formed', async () => {
    assert.equal((await runNow('manual', '{"input":""}', 'text/plain')).status, 415);
    assert.equal((await runNow('manual', '{"input":')).status, 400);
    assert.equal((await runNow('manual', 'null')).status, 400);
    assert.equal((await runNow('unknown')).status, 404);
    assert.equal((await runNow('echo')).status, 400);
  });

  test('tells its state and its functions', async () => {
    assert.equal(Object(await (await get('/admin/host/status')).json()).state, 'Running');
    const functions = Object(await (await get('/admin/functions')).json());
    assert.deepEqual(functions[0], { name: 'echo', trigger: 'httpTrigger' });
    assert.equal((await get('/')).status, 200);
    assert.equal((await get('/admin/unknown')).status, 404);
  });

  test('refuses a Host header that no URL can hold', async () => {
    for (const odd of ['a b', 'a:99999', '1.2.3.999', '[::::]']) {
      assert.equal((await raw({ path: '/api/echo', headers: { host: odd } })).statusCode, 400);
    }
    const two = await raw({ path: '/api/echo', headers: ['Host', 'a', 'Host', 'a'] });
    assert.equal(two.statusCode, 400);
  });

  test('joins the values of a header that is repeated, and drops none', async () => {
    const repeated = { authorization: ['one', 'two'], 'content-type': ['x', 'y'] };
    const headers = Object.entries({ host: ['a'], ...repeated }).flatMap(([name, values]) =>
      values.flatMap((value) => [name, value]),
    );
    const client = request({ host: '127.0.0.1', port: new URL(host.url).port, path: '/api/echo', headers }).end();
    const [response]: IncomingMessage[] = await once(client, 'response');
    assert.ok(response);
    const echo = Object(JSON.parse(Buffer.concat(await response.toArray()).toString()));
    assert.deepEqual([echo.headers.authorization, echo.headers['content-type']], ['one,two', 'x,y']);
  });

  function runNow(name: string, body = '{"input":""}', type = 'application/json') {
    return get(`/admin/functions/${name}`, { method: 'POST', headers: { 'content-type': type }, body });
  }

  async function raw(options: RequestOptions): Promise<IncomingMessage> {
    const client = request({ host: '127.0.0.1', port: new URL(host.url).port, ...options });
    client.on('error', () => {}); // a body that is refused is cut off
    if (options.method === 'POST') client.flushHeaders();
    else client.end();
    const [response]: IncomingMessage[] = await once(client, 'response');
    assert.ok(response);
    response.resume();
    return response;
  }
});

describe('with --enable-auth', () => {
  test('keys made at start are told and checked', async () => {
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
    assert.equal(await status('/api/adminLevel', masterKey), 200);
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

  test('one key can be given, and the other one is told', async () => {
    const host = await startHost({ args: ['--enable-auth', '--master-key', 'mk-given'] });
    await host.seen(/^Function key: [\w-]{43}\nMaster key: \(as given\)$/m);
  });
});

describe('stopping', { skip: process.platform === 'win32' && 'no signals there' }, () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`on ${signal}, even twice, lets requests and background runs finish and exits with 0`, async () => {
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
      assert.match(host.output(), /appTerminate ran object/);
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
    ['HTTP streaming', { app: 'http-stream.cjs' }, /enableHttpStream/],
    ['a missing host.json', { hostJson: null }, /There is no host\.json/],
    ['a broken host.json', { hostJson: '{' }, /host\.json is not valid JSON/],
    ['a host.json of another version', { hostJson: '{"version":"1.0"}' }, /host\.json is not valid: version/],
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

  test('refuses a port that is taken and says how to choose another', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    assert.ok(typeof address === 'object' && address !== null);
    const host = await spawnHost({ args: ['--port', String(address.port)] });
    assert.equal(await host.exited, 1);
    assert.match(host.output(), new RegExp(`Port ${address.port} is in use.*-- --port N`));
    taken.close();
  });

  test('takes the route prefix from host.json', async () => {
    const hostJson = '{"version":"2.0","extensions":{"http":{"routePrefix":"v1/x"}}}';
    const host = await startHost({ hostJson });
    assert.equal((await fetch(`${host.url}/v1/x/shared`)).status, 200);
    assert.equal((await fetch(`${host.url}/api/shared`)).status, 404);
  });

  test('explains itself with --help', async () => {
    const host = await spawnHost({ args: ['--help'] });
    assert.equal(await host.exited, 0);
    assert.match(host.output(), /^Usage: npm run host -- .*--enable-auth/);
  });
});

test('an unhandled rejection in the app ends the process with exit code 1', async () => {
  const host = await startHost();
  await fetch(`${host.url}/api/rejects`).catch(() => {});
  assert.equal(await host.exited, 1);
  assert.match(host.output(), /unhandled rejection.*nobody handles me/);
});
