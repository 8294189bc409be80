import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { killHosts, startHost } from './host-process.ts';
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
    await host.seen(/ INFO {2}app: forged 2026-01-01T00:00:00\.000Z ERROR host: {2}\[2J \n/);
    assert.doesNotMatch(host.output(), /too detailed/);
  });

  test('lets a handler finish when its client hangs up', async () => {
    const client = request(`${host.url}/api/hold`).on('error', () => {});
    client.end();
    await host.seen(/hold: holding/);
    client.destroy();
    await get('/api/release');
    await host.seen(/hold: let go/);
  });

  test('checks no keys without --enable-auth', async () => {
    assert.equal((await get('/api/protected')).status, 200);
    assert.equal((await get('/admin/host/status')).status, 200);
  });

  test('disables only the timers whose schedule cannot be read', async () => {
    await host.seen(/ERROR missingSetting: .*disabled.*NOT_SET_ANYWHERE/);
    await host.seen(/ERROR badSchedule: .*disabled/);
    assert.equal((await runNow('manual')).status, 202);
    assert.equal((await runNow('badSchedule')).status, 404);
  });

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

  test('answers loopback names in any form, and no other Host', async () => {
    const { port } = new URL(host.url);
    for (const own of ['localhost', `LOCALHOST:${port}`, '127.0.0.1', '127.9.9.9:1', '[::1]:80']) {
      assert.equal((await raw({ path: '/api/echo', headers: { host: own } })).statusCode, 200, own);
    }
    const others = ['attacker.example', `attacker.example:${port}`, 'localhost.attacker.example', '127.0.0.1.example'];
    const odd = [
      'a b',
      'localhost:99999',
      '127.0.0.999',
      '[::::]',
      'localhost/x',
      'x@localhost',
      '192.168.0.1',
      '[::2]',
    ];
    for (const foreign of [...others, ...odd]) {
      for (const path of ['/api/echo', '/admin/host/status', '/']) {
        assert.equal((await raw({ path, headers: { host: foreign } })).statusCode, 400, foreign);
      }
    }
    await host.seen(/WARN {2}host: A request is refused: its Host header/);
    const two = await raw({ path: '/api/echo', headers: ['Host', 'localhost', 'Host', 'localhost'] });
    assert.equal(two.statusCode, 400);
  });

  test('answers its own pages and tools, and no page of another site', async () => {
    const { host: own } = new URL(host.url);
    const send = async (headers: Record<string, string>) =>
      (await raw({ path: '/admin/functions/manual', headers: { host: own, ...headers } })).statusCode;
    const ownPages = [{ origin: `http://${own}` }, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }];
    for (const headers of ownPages) assert.equal(await send(headers), 200);
    const foreignPages = [
      { origin: 'https://attacker.example' },
      { origin: 'http://localhost:1' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
    ];
    for (const headers of foreignPages) assert.equal(await send(headers), 403, JSON.stringify(headers));
  });

  test('joins the values of a header that is repeated, and drops none', async () => {
    const repeated = { authorization: ['one', 'two'], 'content-type': ['x', 'y'] };
    const headers = Object.entries({ host: ['localhost'], ...repeated }).flatMap(([name, values]) =>
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
