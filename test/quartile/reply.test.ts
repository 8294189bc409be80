import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readReply, readRetryAfter } from '../../src/quartile/reply.ts';
import { HOUR_MS, NOW_MS, upstreamAnswer } from '../fixtures.ts';

const SENT_MS = NOW_MS - 2000;

function replyTo(status: number, { body, retryAfter }: { body?: unknown; retryAfter?: string | undefined } = {}) {
  return readReply({ kind: 'answer', status, retryAfter, body }, { sentAtMs: SENT_MS, nowMs: NOW_MS });
}

describe('a reply', () => {
  for (const status of [200, 201]) {
    it(`of ${status} is a token set, its life counted from the sending`, () => {
      const reply = replyTo(status, { body: upstreamAnswer({ authorization: { expires_in: 3600 } }) });
      assert.equal(reply.kind, 'token-set');
      assert.equal(reply.kind === 'token-set' && reply.tokenSet.accessExpiresAtMs, SENT_MS + HOUR_MS);
    });

    it(`of ${status} without a valid set is doubtful`, () => {
      for (const body of [undefined, {}, upstreamAnswer({ refresh: { token: '' } })]) {
        assert.deepEqual(replyTo(status, { body }), { kind: 'doubtful', code: 'invalid_token_set' });
      }
    });
  }

  const kinds: Record<string, readonly number[]> = {
    doubtful: [202, 204, 299, 301, 302, 303, 304, 307, 308, 408, 500, 501, 502, 503, 504, 599],
    rejected: [400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 418, 422, 431, 451, 499],
  };
  for (const [kind, statuses] of Object.entries(kinds)) {
    for (const status of statuses) {
      it(`of ${status} is ${kind}, a token set in it or not`, () => {
        for (const body of [undefined, upstreamAnswer()]) {
          assert.deepEqual(replyTo(status, { body }), { kind, code: `http_${status}` });
        }
      });
    }
  }

  for (const status of [429, 403, 503]) {
    it(`of ${status} with Retry-After is turned away, even if nobody can read for how long`, () => {
      const reply = { kind: 'turned-away', code: `http_${status}`, status };
      assert.deepEqual(replyTo(status, { retryAfter: '7' }), { ...reply, retryAfterMs: 7000 });
      assert.deepEqual(replyTo(status, { retryAfter: 'soon' }), { ...reply, retryAfterMs: undefined });
    });
  }

  it('of 429 is turned away without Retry-After too', () => {
    assert.deepEqual(replyTo(429), { kind: 'turned-away', code: 'http_429', status: 429, retryAfterMs: undefined });
  });

  for (const status of [400, 401, 408, 500, 502]) {
    it(`of ${status} is not turned away by Retry-After`, () => {
      assert.deepEqual(replyTo(status, { retryAfter: '7' }), replyTo(status));
    });
  }

  const gatewayMessages = [
    'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.',
    'Access denied due to missing subscription key. Make sure to include subscription key when making requests.',
    'SUBSCRIPTION  KEY',
  ];
  for (const message of gatewayMessages) {
    it(`of 401 is the gateway's where it says: ${message}`, () => {
      const reply = replyTo(401, { body: { statusCode: 401, message } });
      assert.deepEqual(reply, { kind: 'key-refused', code: 'subscription_key_refused' });
    });
  }

  it("of 401 is not the gateway's where the message names no subscription key", () => {
    for (const body of [
      { message: 'Wrong password' },
      { message: 'Wrong key' },
      { message: 5 },
      { error: 'subscription key' },
      'subscription key',
    ]) {
      assert.deepEqual(replyTo(401, { body }), { kind: 'rejected', code: 'http_401' });
    }
  });

  it("of another status is not the gateway's, whatever its message", () => {
    const body = { message: 'invalid subscription key' };
    assert.deepEqual(replyTo(400, { body }), { kind: 'rejected', code: 'http_400' });
    assert.deepEqual(replyTo(500, { body }), { kind: 'doubtful', code: 'http_500' });
  });

  it('that never came is told apart by whether a connection stood', () => {
    const times = { sentAtMs: SENT_MS, nowMs: NOW_MS };
    const refused = readReply({ kind: 'not-connected', code: 'ECONNREFUSED' }, times);
    assert.deepEqual(refused, { kind: 'not-connected', code: 'not_connected_econnrefused' });
    const timedOut = readReply({ kind: 'no-answer', code: 'TIMEOUT' }, times);
    assert.deepEqual(timedOut, { kind: 'doubtful', code: 'no_answer_timeout' });
  });
});

describe('Retry-After', () => {
  const headers: [header: string | undefined, ms: number | undefined][] = [
    ['0', 0],
    ['30', 30_000],
    [' 30 ', 30_000],
    ['Thu, 15 Jan 2026 12:00:30 GMT', 30_000],
    ['Thu, 15 Jan 2026 12:00:00 GMT', 0],
    ['Thu, 15 Jan 2026 11:00:00 GMT', 0],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
    [undefined, undefined],
    ['', undefined],
    [' ', undefined],
    ['soon', undefined],
    ['soon 5', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['5 s', undefined],
    ['2026-01-15', undefined],
    ['Thu, 99 Jan 2026 12:00:30 GMT', undefined],
  ];
  for (const [header, ms] of headers) {
    it(`of ${JSON.stringify(header)} means ${ms === undefined ? 'nothing' : `${ms} ms`}`, () => {
      assert.equal(readRetryAfter(header, NOW_MS), ms);
    });
  }
});
