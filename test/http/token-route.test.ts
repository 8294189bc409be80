import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTokenQuery, tokenAnswer, type TokenAnswer } from '../../src/http/token-route.ts';
import { HOUR_MS, NOW_MS } from '../fixtures.ts';

const MARGIN_S = 3600;

function query(search: string) {
  return readTokenQuery({ url: `http://localhost:7071/api/token${search}` }, MARGIN_S);
}

function answerWith(overrides: Partial<TokenAnswer> = {}, accept: string | null = null) {
  const token: TokenAnswer = {
    accessToken: 'access-token',
    lifeMs: 6 * HOUR_MS,
    expiresAtMs: NOW_MS + 6 * HOUR_MS,
    refreshedAtMs: NOW_MS - 6 * HOUR_MS,
    generation: 7,
    source: 'refresh',
    stale: false,
    ...overrides,
  };
  return tokenAnswer(token, accept);
}

/** The JSON that an answer carries. */
function jsonOf({ body }: ReturnType<typeof tokenAnswer>): string {
  assert.ok(typeof body === 'string');
  return body;
}

describe('min_ttl', () => {
  const accepted: [search: string, minTtlSeconds: number | undefined][] = [
    ['', undefined],
    ['?code=function-key', undefined],
    ['?MIN_TTL=x', undefined],
    ['?min_ttl=0', 0],
    ['?min_ttl=007', 7],
    ['?min_ttl=60&code=function-key', 60],
    [`?min_ttl=${MARGIN_S}`, MARGIN_S],
  ];
  for (const [search, minTtlSeconds] of accepted) {
    it(`is ${minTtlSeconds} in "${search}"`, () => assert.deepEqual(query(search), { ok: true, minTtlSeconds }));
  }

  const refused = [
    '?min_ttl',
    '?min_ttl=',
    '?min_ttl=-1',
    '?min_ttl=1.5',
    '?min_ttl=1e3',
    '?min_ttl=0x10',
    '?min_ttl=NaN',
    '?min_ttl=%205',
    '?min_ttl=5%0A',
    '?min_ttl=+5',
    '?min_ttl=%2B5',
    `?min_ttl=${MARGIN_S + 1}`,
    '?min_ttl=99999999999999999999',
    '?min_ttl=5&min_ttl=5',
    '?min_ttl=5&min_ttl=',
  ];
  for (const search of refused) {
    it(`is refused in "${search}", and the answer says what it may be`, () => {
      const read = query(search);
      assert.ok(!read.ok);
      assert.equal(read.detail, 'min_ttl has to be given once, as whole seconds from 0 to 3600.');
    });
  }
});

describe('a token answer', () => {
  it('is JSON to the letter', () => {
    const { headers, body, status = 200 } = answerWith();
    assert.deepEqual(headers, { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' });
    assert.equal(status, 200);
    assert.equal(
      body,
      '{"access_token":"access-token","token_type":"Bearer","expires_in":21600,"expires_at":"2026-01-15T18:00:00.000Z",' +
        '"refreshed_at":"2026-01-15T06:00:00.000Z","generation":7,"source":"refresh","stale":false}',
    );
  });

  it('tells login and staleness', () => {
    const body: unknown = JSON.parse(jsonOf(answerWith({ source: 'login', stale: true })));
    assert.ok(body && typeof body === 'object' && 'source' in body && 'stale' in body);
    assert.deepEqual([body.source, body.stale], ['login', true]);
  });

  for (const [lifeMs, seconds] of Object.entries({ 1000: 1, 1999: 1, 2000: 2, 59_999: 59 })) {
    it(`promises no second that is not whole: ${lifeMs} ms`, () => {
      assert.match(jsonOf(answerWith({ lifeMs: Number(lifeMs) })), new RegExp(`"expires_in":${seconds},`));
    });
  }

  it('is the bare token as text', () => {
    const { headers, body, status = 200 } = answerWith({}, 'text/plain');
    assert.deepEqual(headers, { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' });
    assert.deepEqual([body, status], ['access-token', 200]);
  });

  const representations: Record<'text' | 'JSON', readonly (string | null)[]> = {
    text: [
      'text/plain',
      'TEXT/PLAIN',
      'text/*',
      'text/plain, application/json',
      'application/json;q=0.4, text/plain;q=0.5',
      'text/plain, */*;q=0.1',
      'text/plain; charset=utf-8',
    ],
    JSON: [
      null,
      '',
      '*/*',
      'application/json',
      'application/*',
      'application/json, text/plain, */*',
      'text/plain;q=0.4, application/json;q=0.5',
      'text/plain;q=0.5, */*',
      'text/plain;q=0',
      'text/html',
      'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'garbage',
      ';;,/,',
    ],
  };
  for (const [representation, accepts] of Object.entries(representations)) {
    for (const accept of accepts) {
      it(`is ${representation} for Accept: ${accept ?? 'nothing'}`, () => {
        assert.equal(answerWith({}, accept).body === 'access-token' ? 'text' : 'JSON', representation);
      });
    }
  }
});
