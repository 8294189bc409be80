import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import tls from 'node:tls';
import { createQuartileClient } from '../../src/quartile/client.ts';
import { startSimulator } from '../../src/local/simulator/simulator.ts';
import { upstreamAnswer } from '../fixtures.ts';
import { certificate, NAME, otherCertificate, trust, useProxy } from './https.ts';
import {
  type Answer,
  clientOf,
  holdTimeout,
  listen,
  notConnected,
  REFRESH_TOKEN,
  resolveTo,
  SECRETS,
  sendJson,
  startUpstream,
} from './upstream.ts';

const answerSet = sendJson(201, upstreamAnswer());

/** A client of `https://quartile.test`, which is this machine, with no proxy in between. */
function secureClient(t: TestContext, port: number, timeoutMs?: number) {
  useProxy(t, undefined);
  resolveTo(t, ['127.0.0.1']);
  return clientOf({ port, host: NAME, scheme: 'https', ...(timeoutMs === undefined ? {} : { timeoutMs }) });
}

async function startSecureUpstream(t: TestContext, answer: Answer, options: tls.TlsOptions = {}) {
  trust(t, certificate.cert);
  return startUpstream(t, answer, { ...certificate, ...options });
}

/** A TCP server that does this with each connection, in place of a TLS handshake. */
async function startTcp(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    onConnection(socket);
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return listen(server);
}

describe('the Quartile client over https', { timeout: 30_000 }, () => {
  it('logs in and refreshes', async (t) => {
    const simulator = await startSimulator({ ...SECRETS, https: true });
    t.after(() => simulator.close());
    trust(t, simulator.certificate ?? '');
    const client = createQuartileClient({ ...SECRETS, baseUrl: simulator.baseUrl, timeoutMs: 20_000 }, Date.now);
    const login = await client.login();
    assert.ok(login.kind === 'token-set');
    assert.equal((await client.refresh(login.tokenSet.refreshToken)).kind, 'token-set');
    const { logins, refreshes } = simulator.stats();
    assert.deepEqual({ logins, refreshes }, { logins: 1, refreshes: 1 });
  });

  it('uses a connection for each request, and closes it', async (t) => {
    const { port, received, server } = await startSecureUpstream(t, answerSet);
    const sockets: Socket[] = [];
    server.on('secureConnection', (socket: Socket) => sockets.push(socket));
    const client = secureClient(t, port);
    for (let requests = 1; requests <= 2; requests += 1) {
      assert.equal((await client.refresh(REFRESH_TOKEN)).kind, 'token-set');
      const [socket, ...others] = sockets.splice(0);
      assert.ok(socket && others.length === 0);
      if (!socket.closed) await once(socket, 'close');
    }
    assert.deepEqual(
      received.map(({ headers }) => headers.connection),
      ['close', 'close'],
    );
    assert.equal(new Set(received.map(({ remotePort }) => remotePort)).size, 2);
  });

  it('names the host in the handshake', async (t) => {
    const { port, server } = await startSecureUpstream(t, answerSet);
    const secure = once(server, 'secureConnection');
    assert.equal((await secureClient(t, port).login()).kind, 'token-set');
    const [socket]: unknown[] = await secure;
    assert.ok(socket instanceof tls.TLSSocket);
    assert.equal(socket.servername, NAME);
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const only = { minVersion: version, maxVersion: version } as const;

    for (const [what, { trusted, presented, code }] of Object.entries({
      'that it does not trust': {
        trusted: otherCertificate,
        presented: certificate,
        code: 'depth_zero_self_signed_cert',
      },
      'of another host': {
        trusted: otherCertificate,
        presented: otherCertificate,
        code: 'err_tls_cert_altname_invalid',
      },
    })) {
      it(`sends nothing to a server with a certificate ${what} (${version})`, async (t) => {
        trust(t, trusted.cert);
        const heard: Buffer[] = [];
        const server = tls.createServer({ ...presented, ...only }, (socket) => {
          socket.on('data', (chunk) => heard.push(chunk)).on('error', () => undefined);
        });
        t.after(() => server.close());
        const reply = await secureClient(t, await listen(server)).refresh(REFRESH_TOKEN);
        assert.deepEqual(reply, notConnected(code));
        await new Promise((resolve) => {
          server.close(resolve); // all connections have ended by then
        });
        assert.equal(Buffer.concat(heard).toString(), '');
      });
    }

    it(`calls it doubtful when the connection breaks after the handshake (${version})`, async (t) => {
      const { port, received } = await startSecureUpstream(t, (response) => response.socket?.destroy(), only);
      assert.equal((await secureClient(t, port).refresh(REFRESH_TOKEN)).kind, 'doubtful');
      assert.equal(received.length, 1);
    });

    it(`gives up on a server that never answers after the handshake (${version})`, async (t) => {
      const timeout = holdTimeout(t);
      const { port } = await startSecureUpstream(t, timeout.end, only);
      const reply = await secureClient(t, port).refresh(REFRESH_TOKEN);
      assert.deepEqual(reply, { kind: 'doubtful', code: 'no_answer_timeout' });
    });
  }

  it('calls it doubtful when the server fails right at the end of its handshake (TLSv1.3)', async (t) => {
    const { port, server } = await startSecureUpstream(t, answerSet, { minVersion: 'TLSv1.3' });
    server.on('secureConnection', (socket: Socket) => socket.destroy());
    assert.equal((await secureClient(t, port).refresh(REFRESH_TOKEN)).kind, 'doubtful');
  });

  // With TLS 1.2 the server checks the client's certificate within the handshake; with TLS 1.3 after the client has
  // finished its part, and the request may already be under way (RFC 8446 §4.4.2.4).
  for (const [version, kind] of [
    ['TLSv1.2', 'not-processed'],
    ['TLSv1.3', 'doubtful'],
  ] as const) {
    it(`calls it ${kind} when the server asks for a certificate that we do not have (${version})`, async (t) => {
      const options = {
        minVersion: version,
        maxVersion: version,
        requestCert: true,
        rejectUnauthorized: true,
      } as const;
      const { port, received } = await startSecureUpstream(t, answerSet, options);
      assert.equal((await secureClient(t, port).refresh(REFRESH_TOKEN)).kind, kind);
      assert.equal(received.length, 0);
    });
  }

  const HANDSHAKE_FAILURE = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]);
  for (const [what, onConnection] of Object.entries<(socket: Socket) => void>({
    'closes the connection': (socket) => socket.end(),
    'resets the connection': (socket) => socket.resetAndDestroy(),
    'speaks http': (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    'refuses the handshake': (socket) => socket.end(HANDSHAKE_FAILURE),
  })) {
    it(`knows that nothing was sent when the server ${what} in place of a handshake`, async (t) => {
      const port = await startTcp(t, (socket) => socket.once('data', () => onConnection(socket)));
      const reply = await secureClient(t, port).refresh(REFRESH_TOKEN);
      assert.match(reply.kind === 'not-processed' ? reply.code : reply.kind, /^not_connected_(?!timeout)/);
    });
  }

  it('knows that nothing was sent when the time is over before the handshake', async (t) => {
    const reply = await secureClient(t, await startTcp(t, () => undefined), 100).refresh(REFRESH_TOKEN);
    assert.deepEqual(reply, notConnected('timeout'));
  });

  it('knows that nothing was sent when the name is not found', async (t) => {
    const client = secureClient(t, 1);
    resolveTo(t, []);
    assert.deepEqual(await client.refresh(REFRESH_TOKEN), notConnected('enotfound'));
  });
});
