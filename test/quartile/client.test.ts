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

  const unavailable = { kind: 'not-processed', code: 'http_503', mayLogIn: true };
  it("counts a wait from the response's own date", async (t) => {
    const headers = { 'Retry-After': 'Thu, 15 Jan 2026 12:40:30 GMT', Date: 'Thu, 15 Jan 2026 12:40:00 GMT' };
    const { reply } = await refreshAgainst(t, sendJson(503, {}, headers));
    assert.deepEqual(reply, { ...unavailable, retryAfterMs: 30_000 });
  });

  it('counts a wait from the response, two seconds after the request, if it has no date', async (t) => {
    const { reply } = await refreshAgainst(t, (response) => {
      response.sendDate = false;
      response.writeHead(503, { 'Retry-After': 'Thu, 15 Jan 2026 12:00:30 GMT' }).end();
    });
    assert.deepEqual(reply, { ...unavailable, retryAfterMs: 28_000 });
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

  it('takes a 401 without a body for a response of Quartile', async (t) => {
    const { reply } = await refreshAgainst(t, (response) => response.writeHead(401).end());
    assert.deepEqual(reply, { kind: 'rejected', code: 'http_401' });
  });

  const pages = {
    200: { kind: 'doubtful', code: 'invalid_token_set' },
    401: { kind: 'intermediary', code: 'http_401' },
    404: { kind: 'intermediary', code: 'http_404' },
    502: { kind: 'doubtful', code: 'http_502' },
  };
  for (const [status, expected] of Object.entries(pages)) {
    it(`does not take an HTML page for a response of Quartile: ${status}`, async (t) => {
      const html: Answer = (response) => response.writeHead(Number(status), { 'Content-Type': 'text/html' }).end('<p>');
      const { reply } = await refreshAgainst(t, html);
      assert.deepEqual(reply, expected);
    });
  }
});
