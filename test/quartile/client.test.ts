import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOUR_MS, NOW_MS, upstreamAnswer } from '../fixtures.ts';
import { type Answer, clientOf, REFRESH_TOKEN, refreshAgainst, SECRETS, sendJson, startUpstream } from './upstream.ts';

describe('the Quartile client', () => {
  const requests = {
    login: { username: SECRETS.username, password: SECRETS.password },
    refresh: { token: REFRESH_TOKEN },
  };
  for (const [name, body] of Object.entries(requests)) {
    it(`posts to /${name} as documented, on a connection of its own`, async (t) => {
      const { port, received } = await startUpstream(t, sendJson(201, upstreamAnswer()));
      const client = clientOf({ port });
      const reply = await (name === 'login' ? client.login() : client.refresh(REFRESH_TOKEN));
      assert.equal(reply.kind, 'token-set');
      assert.deepEqual([received[0]?.method, received[0]?.path, received.length], ['POST', `/auth/v2/${name}`, 1]);
      assert.deepEqual(JSON.parse(received[0]?.body ?? ''), body);
      const { 'subscription-key': key, 'content-type': contentType, connection } = received[0]?.headers ?? {};
      assert.deepEqual([key, contentType, connection], [SECRETS.subscriptionKey, 'application/json', 'close']);
    });
  }

  it('counts lives from the sending', async (t) => {
    const { reply } = await refreshAgainst(t, sendJson(201, upstreamAnswer()));
    assert.equal(reply.kind === 'token-set' && reply.tokenSet.accessExpiresAtMs, NOW_MS + 12 * HOUR_MS);
  });

  it('counts a wait from the answer, two seconds later', async (t) => {
    const headers = { 'Retry-After': 'Thu, 15 Jan 2026 12:00:30 GMT' };
    const { reply } = await refreshAgainst(t, sendJson(503, {}, headers));
    assert.deepEqual(reply, { kind: 'turned-away', code: 'http_503', status: 503, retryAfterMs: 28_000 });
  });

  it("knows the gateway's refusal by its message", async (t) => {
    const message = 'Access denied due to invalid subscription key.';
    const { reply } = await refreshAgainst(t, sendJson(401, { statusCode: 401, message }));
    assert.deepEqual(reply, { kind: 'key-refused', code: 'subscription_key_refused' });
  });

  it('takes tokens of 100,000 characters', async (t) => {
    const token = 'x'.repeat(100_000);
    const { reply } = await refreshAgainst(t, sendJson(201, upstreamAnswer({ authorization: { token } })));
    assert.equal(reply.kind === 'token-set' && reply.tokenSet.accessToken, token);
  });

  it('takes no body that is far too long for a token set', async (t) => {
    const { reply } = await refreshAgainst(t, sendJson(201, upstreamAnswer({ note: 'x'.repeat(300_000) })));
    assert.equal(reply.kind, 'doubtful');
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

  const pages = {
    200: { kind: 'doubtful', code: 'invalid_token_set' },
    401: { kind: 'rejected', code: 'http_401' },
    502: { kind: 'doubtful', code: 'http_502' },
  };
  for (const [status, expected] of Object.entries(pages)) {
    it(`goes by the status of an HTML page: ${status}`, async (t) => {
      const html: Answer = (response) => response.writeHead(Number(status), { 'Content-Type': 'text/html' }).end('<p>');
      const { reply } = await refreshAgainst(t, html);
      assert.deepEqual(reply, expected);
    });
  }
});
