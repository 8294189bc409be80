import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type HttpAnswer, readReply } from '../../src/quartile/reply.ts';
import { err, ok } from '../../src/result.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, upstreamAnswer } from '../fixtures.ts';

const SENT_MS = NOW_MS - 2000;
const TIMES = { sentAtMs: SENT_MS, nowMs: NOW_MS };

/** A body that is not text becomes JSON. */
function replyTo(
  status: number,
  { body = '', ...headers }: Partial<Omit<HttpAnswer, 'body'>> & { body?: unknown } = {},
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = { status, retryAfter: undefined, date: undefined, ...headers, body: text };
  return readReply({ connected: true, result: ok(answer) }, TIMES);
}

const PAGE = '<!DOCTYPE html><title>Error 404 - Web App Stopped</title>';
const GATEWAY = { statusCode: 404, message: 'Resource not found' };
const QUARTILE = { error: 'invalid_token', message: 'The refresh token is not valid.' };

describe('a reply', () => {
  for (const status of [200, 201]) {
    it(`of ${status} is a token set, its life counted from the sending`, () => {
      const reply = replyTo(status, { body: upstreamAnswer({ authorization: { expires_in: 3600 } }) });
      assert.ok(reply.kind === 'token-set');
      assert.equal(reply.tokenSet.accessExpiresAtMs, SENT_MS + HOUR_MS);
      assert.deepEqual(reply.notes, []);
    });

    it(`of ${status} without a valid set is doubtful`, () => {
      for (const body of ['', PAGE, {}, upstreamAnswer({ refresh: { token: '' } })]) {
        assert.deepEqual(replyTo(status, { body }), { kind: 'doubtful', code: 'invalid_token_set' });
      }
    });
  }

  it('passes on what was odd about a token set', () => {
    const reply = replyTo(201, { body: upstreamAnswer({ authorization: { expires_in: 43_200_000 } }) });
    assert.deepEqual(reply.kind === 'token-set' && reply.notes, ['access_life_corrected']);
  });

  for (const status of [202, 204, 299, 301, 302, 303, 304, 307, 308, 500, 501, 502, 503, 504, 599]) {
    it(`of ${status} is doubtful, whatever the body`, () => {
      for (const body of ['', PAGE, GATEWAY, QUARTILE, upstreamAnswer()]) {
        assert.deepEqual(replyTo(status, { body }), { kind: 'doubtful', code: `http_${status}` });
      }
    });
  }

  for (const status of [429, 403, 503]) {
    it(`of ${status} with Retry-After is not processed, even if the wait cannot be read`, () => {
      const reply = { kind: 'not-processed', code: `http_${status}`, mayLogIn: status === 503 };
      for (const body of ['', PAGE, GATEWAY, QUARTILE]) {
        assert.deepEqual(replyTo(status, { body, retryAfter: '7' }), { ...reply, retryAfterMs: 7000 });
        assert.deepEqual(replyTo(status, { body, retryAfter: 'soon' }), { ...reply, retryAfterMs: undefined });
      }
    });
  }

  it('of 429 is not processed without Retry-After too', () => {
    const expected = { kind: 'not-processed', code: 'http_429', mayLogIn: false, retryAfterMs: undefined };
    for (const body of ['', PAGE, GATEWAY, QUARTILE]) assert.deepEqual(replyTo(429, { body }), expected);
  });

  it("has a Retry-After that is a date measured by the response's own clock, which may be 40 minutes ahead", () => {
    const at = (ms: number) => new Date(ms).toUTCString();
    const upstreamMs = NOW_MS + 40 * MINUTE_MS;
    const reply = replyTo(503, { retryAfter: at(upstreamMs + MINUTE_MS), date: at(upstreamMs) });
    assert.equal(reply.kind === 'not-processed' && reply.retryAfterMs, MINUTE_MS);
    const undated = replyTo(503, { retryAfter: at(NOW_MS + MINUTE_MS) });
    assert.equal(undated.kind === 'not-processed' && undated.retryAfterMs, MINUTE_MS);
  });

  for (const status of [400, 401, 408, 500, 502]) {
    it(`of ${status} is processed, whatever Retry-After says`, () => {
      assert.deepEqual(replyTo(status, { retryAfter: '7' }), replyTo(status));
    });
  }
});

describe('a refusal', () => {
  for (const status of [400, 401, 403, 404, 410, 422, 423]) {
    it(`of ${status} comes from Quartile if it has a JSON object of its own`, () => {
      for (const body of [QUARTILE, {}, { message: 'no' }, { statusCode: status }, upstreamAnswer()]) {
        assert.deepEqual(replyTo(status, { body }), { kind: 'rejected', code: `http_${status}` });
      }
    });

    it(`of ${status} comes from an intermediary if it has a page, text or the gateway's form`, () => {
      for (const body of [
        PAGE,
        'Not Found',
        '{"error":',
        '[]',
        'null',
        '"no"',
        GATEWAY,
        { statusCode: 1, message: [] },
      ]) {
        assert.deepEqual(replyTo(status, { body }), { kind: 'intermediary', code: `http_${status}` });
      }
    });
  }

  it('without a body comes from Quartile only with 401', () => {
    for (const body of ['', ' \r\n']) {
      assert.deepEqual(replyTo(401, { body }), { kind: 'rejected', code: 'http_401' });
      for (const status of [400, 403, 404, 410, 422, 423]) {
        assert.deepEqual(replyTo(status, { body }), { kind: 'intermediary', code: `http_${status}` });
      }
    }
  });

  for (const status of [402, 405, 407, 408, 409, 413, 415, 418, 421, 431, 451, 499]) {
    it(`of ${status} comes from an intermediary, whatever the body`, () => {
      for (const body of ['', PAGE, GATEWAY, QUARTILE]) {
        assert.deepEqual(replyTo(status, { body }), { kind: 'intermediary', code: `http_${status}` });
      }
    });
  }

  const gatewayMessages = [
    'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.',
    'Access denied due to missing subscription key. Make sure to include subscription key when making requests.',
    'SUBSCRIPTION  KEY',
  ];
  for (const message of gatewayMessages) {
    it(`of the subscription key has 401 and the gateway's form with the message: ${message}`, () => {
      const body = { statusCode: 401, message };
      assert.deepEqual(replyTo(401, { body }), { kind: 'key-refused', code: 'subscription_key_refused' });
      assert.deepEqual(replyTo(401, { body: { message } }), { kind: 'rejected', code: 'http_401' });
      for (const status of [400, 403]) {
        assert.deepEqual(replyTo(status, { body }), { kind: 'intermediary', code: `http_${status}` });
      }
      assert.deepEqual(replyTo(500, { body }), { kind: 'doubtful', code: 'http_500' });
    });
  }

  it('of the subscription key names it', () => {
    for (const message of ['Wrong password', 'Wrong key', 5, null]) {
      const reply = replyTo(401, { body: { statusCode: 401, message } });
      assert.deepEqual(reply, { kind: 'intermediary', code: 'http_401' });
    }
  });
});

describe('a request without a response', () => {
  it('is doubtful after the connection was made', () => {
    const reply = readReply({ connected: true, result: err('TIMEOUT') }, TIMES);
    assert.deepEqual(reply, { kind: 'doubtful', code: 'no_answer_timeout' });
  });

  it('is not processed before', () => {
    const reply = readReply({ connected: false, result: err('ECONNREFUSED') }, TIMES);
    const expected = { kind: 'not-processed', mayLogIn: false, retryAfterMs: undefined };
    assert.deepEqual(reply, { ...expected, code: 'not_connected_econnrefused' });
  });
});

describe('a response that came before the connection to Quartile', () => {
  for (const status of [201, 401, 407, 502, 503]) {
    it(`is a proxy's, and decides nothing: ${status}`, () => {
      const body = JSON.stringify(status === 201 ? upstreamAnswer() : QUARTILE);
      const answer = { status, retryAfter: '7', date: undefined, body };
      assert.deepEqual(readReply({ connected: false, result: ok(answer) }, TIMES), {
        kind: 'not-processed',
        code: `not_connected_http_${status}`,
        mayLogIn: false,
        retryAfterMs: undefined,
      });
    });
  }
});
