import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readMinTtl, tokenAnswer, type TokenAnswer } from '../../src/http/token-route.ts';
import { ok } from '../../src/result.ts';
import { HOUR_MS, NOW_MS } from '../fixtures.ts';

const MARGIN_S = 3600;

function query(search: string) {
  return readMinTtl({ url: `http://localhost:7071/api/token${search}` }, MARGIN_S);
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

function bodyOf({ body }: ReturnType<typeof tokenAnswer>): string {
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
    it(`is ${minTtlSeconds} in "${search}"`, () => assert.deepEqual(query(search), ok(minTtlSeconds)));
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
    it(`is refused in "${search}", and the answer says what is allowed`, () => {
      const read = query(search);
      assert.ok(!read.ok);
      assert.equal(read.error, 'min_ttl must be given once, as whole seconds from 0 to 3600.');
    });
  }
});

describe('the query of a token', () => {
  const value = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.double().map(String), fc.integer().map(String));

  it('yields whole seconds from 0 to the margin, or nothing, for any value', () => {
    fc.assert(
      fc.property(value, (text) => {
        const read = query(`?min_ttl=${encodeURIComponent(text.toWellFormed())}`);
        if (!read.ok) return;
        const minTtlSeconds = read.value ?? -1;
        assert.ok(Number.isInteger(minTtlSeconds) && minTtlSeconds >= 0 && minTtlSeconds <= MARGIN_S);
        assert.equal(Number(text), minTtlSeconds);
      }),
      { numRuns: 1000 },
    );
  });

  it('accepts every whole second up to the margin', () => {
    fc.assert(
      fc.property(fc.nat({ max: MARGIN_S }), (seconds) => {
        assert.deepEqual(query(`?min_ttl=${seconds}`), ok(seconds));
      }),
    );
  });

  it('can be anything, and the detail repeats nothing of it', () => {
    const refusal = query('?min_ttl=x');
    fc.assert(
      fc.property(value, (text) => {
        const read = query(`?${text}`);
        if (!read.ok) assert.deepEqual(read, refusal);
        const whole = text.replaceAll('#', ''); // what follows it is no query
        assert.equal(query(`?min_ttl=1&${whole}&min_ttl=1`).ok, false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a token answer', () => {
  it('is exactly this JSON', () => {
    assert.deepEqual(answerWith(), {
      status: 200,
      headers: { 'Cache-Control': 'no-store', 'Content-Type': 'application/json' },
      body:
        '{"access_token":"access-token","token_type":"Bearer","expires_in":21600,"expires_at":"2026-01-15T18:00:00.000Z",' +
        '"refreshed_at":"2026-01-15T06:00:00.000Z","generation":7,"source":"refresh","stale":false}',
    });
  });

  it('is the bare token as text', () => {
    assert.deepEqual(answerWith({}, 'text/plain'), {
      status: 200,
      headers: { 'Cache-Control': 'no-store', 'Content-Type': 'text/plain; charset=utf-8' },
      body: 'access-token',
    });
  });

  it('contains source and staleness', () => {
    const body: unknown = JSON.parse(bodyOf(answerWith({ source: 'login', stale: true })));
    assert.ok(body && typeof body === 'object' && 'source' in body && 'stale' in body);
    assert.deepEqual([body.source, body.stale], ['login', true]);
  });

  for (const [lifeMs, seconds] of Object.entries({ 1000: 1, 1999: 1, 2000: 2, 59_999: 59 })) {
    it(`rounds the remaining life down: ${lifeMs} ms`, () => {
      assert.match(bodyOf(answerWith({ lifeMs: Number(lifeMs) })), new RegExp(`"expires_in":${seconds},`));
    });
  }

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
        const isBare = bodyOf(answerWith({}, accept)) === 'access-token';
        assert.equal(isBare ? 'text' : 'JSON', representation);
      });
    }
  }

  it('is one of the two for any Accept', () => {
    const types = fc.constantFrom(
      'text/plain',
      'application/json',
      '*/*',
      'text/*',
      ';q=',
      '0.5',
      '1',
      ',',
      '"',
      '=',
      ' ',
    );
    const accepts = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.array(types).map((parts) => parts.join('')),
    );
    const known = new Set(['text/plain', 'application/json'].map((type) => bodyOf(answerWith({}, type))));
    fc.assert(
      fc.property(accepts, (accept) => assert.ok(known.has(bodyOf(answerWith({}, accept))))),
      { numRuns: 2000 },
    );
  });
});
