import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { createQuartileClient } from '../../src/quartile/client.ts';
import { HOUR_MS, NOW_MS, upstreamAnswer } from '../fixtures.ts';

type Received = { method: string | undefined; path: string | undefined; headers: IncomingHttpHeaders; body: string };
type Answer = (response: ServerResponse, request: Received) => void;

const SECRETS = { subscriptionKey: 'S3cr3t-key', username: 'S3cr3t-user', password: 'S3cr3t-password' };

/** A real server for one test; it notes each request before it answers. */
async function startUpstream(t: TestContext, answer: Answer): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const noted = { method, path, headers, body: Buffer.concat(chunks).toString() };
      received.push(noted);
      answer(response, noted);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  return { port: address.port, received };
}

function clientOf({ port, timeoutMs = 5000, host = '127.0.0.1' }: { port: number; timeoutMs?: number; host?: string }) {
  const times = [NOW_MS, NOW_MS + 2000]; // sent, answered
  const settings = { ...SECRETS, baseUrl: `http://${host}:${port}/auth/v2`, timeoutMs };
  return createQuartileClient(settings, () => times.shift() ?? Number.NaN);
}

/** What becomes of a refresh that is answered so. */
async function refreshAgainst(t: TestContext, answer: Answer, timeoutMs?: number) {
  const { port, received } = await startUpstream(t, answer);
  const reply = await clientOf({ port, ...(timeoutMs === undefined ? {} : { timeoutMs }) }).refresh('S3cr3t-token');
  return { reply, received };
}

const sendJson =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));

describe('the Quartile client', () => {
  const requests = {
    login: { username: SECRETS.username, password: SECRETS.password },
    refresh: { token: 'S3cr3t-token' },
  };
  for (const [name, body] of Object.entries(requests)) {
    it(`posts to /${name} as documented, on a connection of its own`, async (t) => {
      const { port, received } = await startUpstream(t, sendJson(201, upstreamAnswer()));
      const client = clientOf({ port });
      const reply = await (name === 'login' ? client.login() : client.refresh('S3cr3t-token'));
      assert.equal(reply.kind, 'token-set');
      assert.deepEqual([received[0]?.method, received[0]?.path, received.length], ['POST', `/auth/v2/${name}`, 1]);
      assert.deepEqual(JSON.parse(received[0]?.body ?? ''), body);
      const { 'subscription-key': key, 'content-type': contentType, connection } = received[0]?.headers ?? {};
      assert.deepEqual([key, contentType, connection], [SECRETS.subscriptionKey, 'application/json', 'close']);
    });
  }

  it('counts lives from the sending, and waits from the answer', async (t) => {
    const { reply } = await refreshAgainst(t, sendJson(201, upstreamAnswer()));
    assert.equal(reply.kind === 'token-set' && reply.tokenSet.accessExpiresAtMs, NOW_MS + 12 * HOUR_MS);
    const retryAfter = { 'Retry-After': 'Thu, 15 Jan 2026 12:00:30 GMT' };
    const turnedAway = await refreshAgainst(t, sendJson(503, {}, retryAfter));
    assert.equal(turnedAway.reply.kind === 'turned-away' && turnedAway.reply.retryAfterMs, 28_000);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    it(`does not follow a ${status}`, async (t) => {
      const { reply, received } = await refreshAgainst(t, (response, { path }) =>
        path === '/auth/v2/refresh'
          ? response.writeHead(status, { Location: '/auth/v2/elsewhere' }).end()
          : response.writeHead(201).end(JSON.stringify(upstreamAnswer())),
      );
      assert.deepEqual(reply, { kind: 'doubtful', code: `http_${status}` });
      assert.equal(received.length, 1);
    });
  }

  const whole = JSON.stringify(upstreamAnswer());
  const broken: Record<string, Answer> = {
    'before the answer': (response) => response.socket?.destroy(),
    'in the head': (response) => response.socket?.end('HTTP/1.1 201 Cre'),
    'in the body': (response) =>
      response.writeHead(201, { 'Content-Length': 5000 }).write(whole, () => response.socket?.destroy()),
    'before the last chunk': (response) => response.writeHead(201).write(whole, () => response.socket?.destroy()),
  };
  for (const [where, answer] of Object.entries(broken)) {
    it(`calls it doubtful when the connection breaks ${where}, and does not try again`, async (t) => {
      const { reply, received } = await refreshAgainst(t, answer);
      assert.equal(reply.kind, 'doubtful');
      assert.match(reply.code, /^no_answer_/);
      assert.equal(received.length, 1);
    });
  }

  const slow: Record<string, Answer> = {
    'never answers': () => undefined,
    'never ends its answer': (response) => response.writeHead(201).write(whole),
    'sends byte after byte': (response) => {
      response.writeHead(201).write('{');
      const drip = setInterval(() => response.write(' '), 5);
      response.on('close', () => clearInterval(drip));
    },
  };
  for (const [what, answer] of Object.entries(slow)) {
    it(`gives up on a server that ${what}`, async (t) => {
      const { reply } = await refreshAgainst(t, answer, 100);
      assert.deepEqual(reply, { kind: 'doubtful', code: 'no_answer_timeout' });
    });
  }

  it('ends with the signal that it is given', async (t) => {
    const enough = new AbortController();
    const { port } = await startUpstream(t, () => enough.abort());
    const reply = await clientOf({ port }).login(enough.signal);
    assert.deepEqual(reply, { kind: 'doubtful', code: 'no_answer_timeout' });
  });

  it('sends nothing when the signal has aborted before', async (t) => {
    const { port, received } = await startUpstream(t, sendJson(201, upstreamAnswer()));
    assert.notEqual((await clientOf({ port }).refresh('S3cr3t-token', AbortSignal.abort())).kind, 'token-set');
    assert.equal(received.length, 0);
  });

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`knows that nothing was sent when ${host} refuses the connection`, async (t) => {
      const server = createServer().listen(0);
      await new Promise((resolve) => {
        server.once('listening', resolve);
      });
      const address = server.address();
      assert.ok(address && typeof address === 'object');
      await new Promise((resolve) => {
        server.close(resolve);
      });
      const reply = await clientOf({ port: address.port, host }).login();
      assert.deepEqual(reply, { kind: 'not-connected', code: 'not_connected_econnrefused' });
      t.diagnostic(`port ${address.port}`);
    });
  }

  it('takes no body that is far too long for a token set', async (t) => {
    const { reply } = await refreshAgainst(t, sendJson(201, upstreamAnswer({ note: 'x'.repeat(300_000) })));
    assert.equal(reply.kind, 'doubtful');
  });

  it('takes tokens of 100,000 characters', async (t) => {
    const token = 'x'.repeat(100_000);
    const { reply } = await refreshAgainst(t, sendJson(201, upstreamAnswer({ authorization: { token } })));
    assert.equal(reply.kind === 'token-set' && reply.tokenSet.accessToken, token);
  });

  const pages = {
    200: ['doubtful', 'invalid_token_set'],
    401: ['rejected', 'http_401'],
    502: ['doubtful', 'http_502'],
  };
  for (const [status, [kind, code]] of Object.entries(pages)) {
    it(`goes by the status of an HTML page: ${status}`, async (t) => {
      const html: Answer = (response) => response.writeHead(Number(status), { 'Content-Type': 'text/html' }).end('<p>');
      assert.deepEqual((await refreshAgainst(t, html)).reply, { kind, code });
    });
  }

  const echo =
    (status: number): Answer =>
    (response, request) =>
      response.writeHead(status, { 'Retry-After': 'S3cr3t', Location: '/S3cr3t' }).end(JSON.stringify(request));
  const failures: Answer[] = [...[200, 302, 400, 401, 403, 429, 500, 503].map(echo), ...Object.values(broken)];
  it('returns nothing of what it sent, nor of what came back, when there is no token set', async (t) => {
    for (const answer of failures) {
      const { reply } = await refreshAgainst(t, answer);
      assert.doesNotMatch(inspect(reply, { depth: Infinity, showHidden: true }), /S3cr3t/i);
    }
  });
});
