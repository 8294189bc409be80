import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { upstreamAnswer } from '../fixtures.ts';
import {
  type Answer,
  clientOf,
  closedPort,
  holdTimeout,
  notConnected,
  REFRESH_TOKEN,
  refreshAgainst,
  resolveTo,
  sendJson,
  startUpstream,
} from './upstream.ts';

const whole = JSON.stringify(upstreamAnswer());

const broken: Record<string, Answer> = {
  'before the answer': (response) => response.socket?.destroy(),
  'in the head': (response) => response.socket?.end('HTTP/1.1 201 Cre'),
  'in the body': (response) =>
    response.writeHead(201, { 'Content-Length': 5000 }).write(whole, () => response.socket?.destroy()),
  'before the last chunk': (response) => response.writeHead(201).write(whole, () => response.socket?.destroy()),
};

const slow: Record<string, Answer> = {
  'never answers': () => undefined,
  'never ends its answer': (response) => response.writeHead(201).write(whole),
  'sends byte after byte': (response) => {
    response.writeHead(201).write('{');
    const drip = setInterval(() => response.write(' '), 5);
    response.on('close', () => clearInterval(drip));
  },
};

/** A multicast address: no connection to it is possible, and no packet leaves this machine (RFC 1112 §4). */
const UNREACHABLE = '224.0.0.1';

/** Answers with what it received, as a careless proxy may. */
function echo(status: number): Answer {
  return (response, request) =>
    response.writeHead(status, { 'Retry-After': 'S3cr3t', Location: '/S3cr3t' }).end(JSON.stringify(request));
}

describe('the Quartile client', { timeout: 20_000 }, () => {
  for (const [where, answer] of Object.entries(broken)) {
    it(`calls it doubtful when the connection breaks ${where}, and does not try again`, async (t) => {
      const { reply, received } = await refreshAgainst(t, answer);
      assert.equal(reply.kind, 'doubtful');
      assert.match(reply.code, /^no_answer_(?!timeout)/);
      assert.equal(received.length, 1);
    });
  }

  for (const [what, answer] of Object.entries(slow)) {
    it(`gives up on a server that ${what}`, async (t) => {
      const timeout = holdTimeout(t);
      const slowly: Answer = (response, request) => {
        answer(response, request);
        timeout.end();
      };
      const { reply } = await refreshAgainst(t, slowly, { timeoutMs: 100 });
      assert.deepEqual(reply, { kind: 'doubtful', code: 'no_answer_timeout' });
      assert.deepEqual(timeout.askedMs(), [100]);
    });
  }

  it('ends with the signal that it receives', async (t) => {
    const enough = new AbortController();
    const { port } = await startUpstream(t, () => enough.abort());
    const reply = await clientOf({ port, timeoutMs: 60_000 }).login(enough.signal);
    assert.deepEqual(reply, { kind: 'doubtful', code: 'no_answer_timeout' });
  });

  it('keeps to its time-out when the signal lasts longer', async (t) => {
    const timeout = holdTimeout(t);
    const { port } = await startUpstream(t, timeout.end);
    const reply = await clientOf({ port }).login(new AbortController().signal);
    assert.deepEqual(reply, { kind: 'doubtful', code: 'no_answer_timeout' });
  });

  it('sends nothing when the signal has aborted before', async (t) => {
    const { port, received } = await startUpstream(t, sendJson(201, upstreamAnswer()));
    const reply = await clientOf({ port }).refresh(REFRESH_TOKEN, AbortSignal.abort());
    assert.deepEqual(reply, notConnected('timeout'));
    assert.equal(received.length, 0);
  });

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`knows that nothing was sent when ${host} refuses the connection`, async () => {
      const reply = await clientOf({ port: await closedPort(), host }).refresh(REFRESH_TOKEN);
      assert.deepEqual(reply, notConnected('econnrefused'));
    });
  }

  for (const [what, addresses] of Object.entries({
    'a host cannot be reached': [UNREACHABLE],
    'no address of a host can be reached': [UNREACHABLE, '::1'],
  })) {
    it(`knows that nothing was sent when ${what}`, async (t) => {
      resolveTo(t, addresses);
      const reply = await clientOf({ port: await closedPort(), host: 'localhost' }).refresh(REFRESH_TOKEN);
      assert.ok(reply.kind === 'not-processed');
      assert.match(reply.code, /^not_connected_(?!econnrefused)/);
    });
  }

  for (const [where, answer] of Object.entries(broken)) {
    it(`calls it doubtful all the same when another address could not be reached before it breaks ${where}`, async (t) => {
      resolveTo(t, ['::1', '127.0.0.1']);
      const { reply } = await refreshAgainst(t, answer, { host: 'localhost' });
      assert.equal(reply.kind, 'doubtful');
    });
  }

  it('calls it doubtful when a server that has just answered breaks the next connection', async (t) => {
    const { port, received } = await startUpstream(t, (response, request) =>
      received.length === 1 ? sendJson(200, upstreamAnswer())(response, request) : response.socket?.resetAndDestroy(),
    );
    const client = clientOf({ port });
    assert.equal((await client.refresh(REFRESH_TOKEN)).kind, 'token-set');
    assert.equal((await client.refresh(REFRESH_TOKEN)).kind, 'doubtful');
    assert.equal(received.length, 2);
  });

  const failures = {
    ...broken,
    ...Object.fromEntries([200, 302, 400, 401, 403, 429, 500, 503].map((status) => [`of ${status}`, echo(status)])),
  };
  for (const [what, answer] of Object.entries(failures)) {
    it(`returns nothing of what was sent or came back with a failure ${what}`, async (t) => {
      const { reply } = await refreshAgainst(t, answer);
      assert.notEqual(reply.kind, 'token-set');
      assert.doesNotMatch(inspect(reply, { depth: Infinity, showHidden: true }), /S3cr3t/i);
    });
  }
});
