import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
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

/** What the host sends of an answer. */
async function sentOf(answer: ReturnType<typeof tokenAnswer>) {
  const { status, headers } = answer;
  return { status, headers: Object.fromEntries(headers), body: Buffer.from(await answer.arrayBuffer()).toString() };
}

async function bodyOf(answer: ReturnType<typeof tokenAnswer>): Promise<string> {
  return (await sentOf(answer)).body;
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

describe('the query of a token', () => {
  const value = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.double().map(String), fc.integer().map(String));

  it('yields whole seconds from 0 to the margin, or nothing, whatever the value', () => {
    fc.assert(
      fc.property(value, (text) => {
        const read = query(`?min_ttl=${encodeURIComponent(text.toWellFormed())}`);
        if (!read.ok) return;
        const { minTtlSeconds = -1 } = read;
        assert.ok(Number.isInteger(minTtlSeconds) && minTtlSeconds >= 0 && minTtlSeconds <= MARGIN_S);
        assert.equal(Number(text), minTtlSeconds);
      }),
      { numRuns: 1000 },
    );
  });

  it('takes every whole second of the margin', () => {
    fc.assert(
      fc.property(fc.nat({ max: MARGIN_S }), (seconds) => {
        assert.deepEqual(query(`?min_ttl=${seconds}`), { ok: true, minTtlSeconds: seconds });
      }),
    );
  });

  it('is read, whatever it is, and nothing of it is in what is said about it', () => {
    const refusal = query('?min_ttl=x');
    fc.assert(
      fc.property(value, (text) => {
        const read = query(`?${text}`);
        if (!read.ok) assert.deepEqual(read, refusal);
        const whole = text.replaceAll('#', ''); // behind it nothing counts
        assert.equal(query(`?min_ttl=1&${whole}&min_ttl=1`).ok, false);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a token answer', () => {
  it('is JSON to the letter', async () => {
    assert.deepEqual(await sentOf(answerWith()), {
      status: 200,
      headers: { 'cache-control': 'no-store', 'content-type': 'application/json' },
      body:
        '{"access_token":"access-token","token_type":"Bearer","expires_in":21600,"expires_at":"2026-01-15T18:00:00.000Z",' +
        '"refreshed_at":"2026-01-15T06:00:00.000Z","generation":7,"source":"refresh","stale":false}',
    });
  });

  it('is the bare token as text', async () => {
    assert.deepEqual(await sentOf(answerWith({}, 'text/plain')), {
      status: 200,
      headers: { 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' },
      body: 'access-token',
    });
  });

  it('is the same for all calls of a second, and whole for each', async () => {
    const generation = 99;
    for (const [accept, content] of Object.entries({
      'application/json': /"generation":99,/,
      'text/plain': /^bare$/,
    })) {
      const call = () => answerWith({ generation, accessToken: 'bare' }, accept);
      const first = call();
      assert.equal(call(), first);
      for (let times = 0; times < 2; times += 1) assert.match(await bodyOf(first), content);
    }
  });

  it('is made anew for whatever changes, and not only for a generation', async () => {
    const usual = await bodyOf(answerWith());
    const changes: Partial<TokenAnswer>[] = [
      { generation: 8 },
      { accessToken: 'other' },
      { lifeMs: 5_000 },
      { expiresAtMs: NOW_MS },
      { refreshedAtMs: NOW_MS },
      { source: 'login' },
      { stale: true },
    ];
    for (const change of changes) {
      assert.notEqual(await bodyOf(answerWith(change)), usual, JSON.stringify(change));
      assert.equal(await bodyOf(answerWith()), usual);
    }
    assert.equal(await bodyOf(answerWith({ accessToken: 'other' }, 'text/plain')), 'other');
  });

  it('tells login and staleness', async () => {
    const body: unknown = JSON.parse(await bodyOf(answerWith({ source: 'login', stale: true })));
    assert.ok(body && typeof body === 'object' && 'source' in body && 'stale' in body);
    assert.deepEqual([body.source, body.stale], ['login', true]);
  });

  for (const [lifeMs, seconds] of Object.entries({ 1000: 1, 1999: 1, 2000: 2, 59_999: 59 })) {
    it(`promises no second that is not whole: ${lifeMs} ms`, async () => {
      assert.match(await bodyOf(answerWith({ lifeMs: Number(lifeMs) })), new RegExp(`"expires_in":${seconds},`));
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
      it(`is ${representation} for Accept: ${accept ?? 'nothing'}`, async () => {
        const isBare = (await bodyOf(answerWith({}, accept))) === 'access-token';
        assert.equal(isBare ? 'text' : 'JSON', representation);
      });
    }
  }

  it('is the one or the other, whatever Accept says', () => {
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
    const known = new Set(['text/plain', 'application/json'].map((type) => answerWith({}, type)));
    fc.assert(
      fc.property(accepts, (accept) => assert.ok(known.has(answerWith({}, accept)))),
      { numRuns: 2000 },
    );
  });
});
