import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { upstreamAnswer } from '../fixtures.ts';
import { certificate, NAME, otherCertificate, trust, useProxy } from './https.ts';
import {
  clientOf,
  closedPort,
  listen,
  notConnected,
  REFRESH_TOKEN,
  resolveTo,
  SECRETS,
  sendJson,
  startUpstream,
} from './upstream.ts';

const answerSet = sendJson(201, upstreamAnswer());
const SECRET = /S3cr3t/;

/** What a proxy does with a CONNECT. `port` is the upstream's. */
type OnConnect = (client: Socket, port: number) => void;

const tunnel: OnConnect = (client, port) => {
  const upstream = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 Connection established\r\n\r\n'));
  upstream.pipe(client).pipe(upstream);
  for (const socket of [client, upstream]) {
    socket.on('error', () => undefined).on('close', () => [client, upstream].forEach((each) => each.destroy()));
  }
};

/** Answers a CONNECT with this status, and with what a proxy or a captive portal may add. */
function refuse(status: number): OnConnect {
  const body = JSON.stringify(upstreamAnswer());
  const headers = ['Retry-After: 7', 'Content-Type: application/json', `Content-Length: ${body.length}`, ''];
  return (client) => client.end(`HTTP/1.1 ${status} No\r\n${headers.join('\r\n')}\r\n${body}`);
}

/** A proxy for one test that the environment names; it records all that it receives in clear text. */
async function startProxy(t: TestContext, port: number, onConnect: OnConnect) {
  const heard: Buffer[] = [];
  const connects: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((_request, response) => response.writeHead(502).end());
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
  });
  server.on('connect', ({ url = '' }: { url?: string }, client: Socket) => {
    connects.push(url);
    onConnect(client, port);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  useProxy(t, `http://proxy-user:proxy-password@127.0.0.1:${await listen(server)}`);
  return { connects, heard: () => Buffer.concat(heard).toString('latin1'), connections: () => sockets.size };
}

/** An https upstream behind a proxy, and a client that reaches it by its name. */
async function startScene(t: TestContext, onConnect: OnConnect, { trusted = certificate, timeoutMs = 20_000 } = {}) {
  trust(t, trusted.cert);
  const upstream = await startUpstream(t, answerSet, certificate);
  const proxy = await startProxy(t, upstream.port, onConnect);
  const client = clientOf({ port: upstream.port, host: NAME, scheme: 'https', timeoutMs });
  return { ...upstream, proxy, client };
}

describe('the Quartile client behind a proxy', { timeout: 30_000 }, () => {
  it('sends its requests through a tunnel each, so that the proxy learns no secret', async (t) => {
    const { client, port, received, proxy } = await startScene(t, tunnel);
    assert.equal((await client.login()).kind, 'token-set');
    assert.equal((await client.refresh(REFRESH_TOKEN)).kind, 'token-set');
    assert.deepEqual(proxy.connects, [`${NAME}:${port}`, `${NAME}:${port}`]);
    assert.equal(received.length, 2);
    assert.doesNotMatch(proxy.heard(), SECRET);
    const headers = received.map((request) => request.headers);
    for (const { connection, host } of headers) assert.deepEqual([connection, host], ['close', `${NAME}:${port}`]);
    assert.ok(headers.every((each) => each['subscription-key'] === SECRETS.subscriptionKey));
    assert.ok(headers.every((each) => each['proxy-authorization'] === undefined));
  });

  for (const status of [201, 302, 400, 401, 403, 407, 429, 500, 502, 503]) {
    it(`knows that nothing was sent when the proxy answers ${status}`, async (t) => {
      const { client, received, proxy } = await startScene(t, refuse(status));
      assert.deepEqual(await client.refresh(REFRESH_TOKEN), notConnected(`http_${status}`));
      assert.deepEqual([proxy.connects.length, received.length], [1, 0]);
      assert.doesNotMatch(proxy.heard(), SECRET);
    });
  }

  for (const [what, onConnect] of Object.entries<OnConnect>({
    'closes the connection': (client) => client.end(),
    'resets the connection': (client) => client.resetAndDestroy(),
    'breaks the handshake with Quartile': (client) => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.once('data', () => client.destroy());
    },
  })) {
    it(`knows that nothing was sent when the proxy ${what}`, async (t) => {
      const { client, received } = await startScene(t, onConnect, { timeoutMs: 300 });
      const reply = await client.refresh(REFRESH_TOKEN);
      assert.match(reply.kind === 'not-processed' ? reply.code : reply.kind, /^not_connected_/);
      assert.equal(received.length, 0);
    });
  }

  for (const [what, onConnect] of Object.entries<OnConnect>({
    'before the tunnel': () => undefined,
    'before the handshake': (client) => client.write('HTTP/1.1 200 Connection established\r\n\r\n'),
  })) {
    it(`knows that nothing was sent when the time is over ${what}`, async (t) => {
      const { client } = await startScene(t, onConnect, { timeoutMs: 200 });
      assert.deepEqual(await client.refresh(REFRESH_TOKEN), notConnected('timeout'));
    });
  }

  it('checks the certificate through the tunnel too', async (t) => {
    const { client, received } = await startScene(t, tunnel, { trusted: otherCertificate });
    assert.deepEqual(await client.refresh(REFRESH_TOKEN), notConnected('depth_zero_self_signed_cert'));
    assert.equal(received.length, 0);
  });

  it('calls it doubtful when the tunnel breaks after the handshake', async (t) => {
    const { client, server } = await startScene(t, tunnel);
    server.on('secureConnection', (socket: Socket) => socket.destroy());
    assert.equal((await client.refresh(REFRESH_TOKEN)).kind, 'doubtful');
  });

  it('knows that nothing was sent when the proxy cannot be reached', async (t) => {
    const client = clientOf({ port: 1, host: NAME, scheme: 'https' });
    useProxy(t, `http://127.0.0.1:${await closedPort()}`);
    assert.deepEqual(await client.refresh(REFRESH_TOKEN), notConnected('econnrefused'));
    resolveTo(t, []);
    useProxy(t, 'http://proxy.test:3128');
    assert.deepEqual(await client.refresh(REFRESH_TOKEN), notConnected('enotfound'));
  });

  it('knows that nothing was sent when the name of the proxy makes no sense', async (t) => {
    useProxy(t, 'http://[');
    const reply = await clientOf({ port: 1, host: NAME, scheme: 'https' }).refresh(REFRESH_TOKEN);
    assert.equal(reply.kind, 'not-processed');
  });

  for (const scheme of ['http', 'https'] as const) {
    it(`never uses it for this machine (${scheme})`, async (t) => {
      const upstream = await startUpstream(t, answerSet, scheme === 'https' ? certificate : undefined);
      const proxy = await startProxy(t, upstream.port, tunnel);
      resolveTo(t, ['127.0.0.1']);
      for (const host of ['127.0.0.1', 'localhost']) {
        await clientOf({ port: upstream.port, host, scheme }).refresh(REFRESH_TOKEN);
      }
      assert.equal(proxy.connections(), 0);
    });
  }
});
