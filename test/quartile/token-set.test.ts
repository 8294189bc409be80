import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readTokenSet } from '../../src/quartile/token-set.ts';
import { DAY_MS, HOUR_MS, jwtWith, NOW_MS, upstreamAnswer } from '../fixtures.ts';

const NOW_S = NOW_MS / 1000;

function readWith(parts: Parameters<typeof upstreamAnswer>[0]) {
  return readTokenSet(upstreamAnswer(parts), NOW_MS)?.tokenSet;
}

describe('a token set', () => {
  const expected = {
    accessToken: 'access-token',
    accessExpiresAtMs: NOW_MS + 12 * HOUR_MS,
    refreshToken: 'refresh-token',
    refreshExpiresAtMs: NOW_MS + 14 * DAY_MS,
    notBeforeMs: NOW_MS,
  };
  const spellings = {
    'snake case': [{ expires_in: 43_200, not_before: NOW_S }, { expires_in: 1_209_600 }],
    'camel case': [{ expiresIn: 43_200, notBefore: NOW_S }, { expiresIn: 1_209_600 }],
    'both, part by part': [{ expires_in: 43_200, not_before: NOW_S }, { expiresIn: 1_209_600 }],
    'both, field by field': [{ expiresIn: 43_200, not_before: NOW_S }, { expires_in: 1_209_600 }],
    digits: [{ expires_in: '43200', notBefore: String(NOW_S) }, { expiresIn: '1209600' }],
    'digits with decimals and blanks': [
      { expires_in: ' 43200.0\n', notBefore: `${NOW_S}.` },
      { expiresIn: '\t1209600.000 ' },
    ],
    'one that is of no use beside one that is': [
      { expires_in: null, expiresIn: 43_200, not_before: 'now', notBefore: NOW_S },
      { expires_in: -1, expiresIn: '1209600' },
    ],
  } as const;
  for (const [spelling, [authorization, refresh]] of Object.entries(spellings)) {
    it(`is read in ${spelling}`, () => {
      const body = {
        authorization: { token: 'access-token', ...authorization },
        refresh: { token: 'refresh-token', ...refresh },
      };
      const { tokenSet, notes } = readTokenSet(body, NOW_MS) ?? {};
      assert.deepEqual({ ...tokenSet, rest: undefined }, { ...expected, rest: undefined });
      assert.deepEqual(notes, []);
    });
  }

  it('needs no more than two tokens and one life', () => {
    const body = { authorization: { token: 'a', expires_in: 60 }, refresh: { token: 'r' } };
    const read = readTokenSet(body, NOW_MS)?.tokenSet;
    assert.equal(read?.accessExpiresAtMs, NOW_MS + 60_000);
    assert.equal(read.refreshExpiresAtMs, NOW_MS + 14 * DAY_MS, 'refresh tokens live 14 days if it is not said');
    assert.equal(read.notBeforeMs, undefined);
  });

  const invalid: Record<string, unknown> = {
    nothing: undefined,
    null: null,
    text: 'access-token',
    'a list': [upstreamAnswer()],
    'no access token': upstreamAnswer({ authorization: { token: undefined } }),
    'an empty access token': upstreamAnswer({ authorization: { token: '' } }),
    'an access token that is no text': upstreamAnswer({ authorization: { token: 5 } }),
    'no refresh token': upstreamAnswer({ refresh: { token: undefined } }),
    'an empty refresh token': upstreamAnswer({ refresh: { token: '' } }),
    'no refresh part': { ...upstreamAnswer(), refresh: undefined },
    'no authorization part': { ...upstreamAnswer(), authorization: undefined },
    'no expiry': upstreamAnswer({ authorization: { expires_in: undefined } }),
    'no expiry but expires_at': upstreamAnswer({
      authorization: { expires_in: undefined, expires_at: '2026-01-16T00:00:00', expiresAt: '2026-01-16T00:00:00' },
    }),
    'an expiry that is none': upstreamAnswer({ authorization: { expires_in: 'soon' } }),
    'an expiry that is empty': upstreamAnswer({ authorization: { expires_in: '' } }),
    'an expiry that is not in digits': upstreamAnswer({ authorization: { expires_in: '0x10' } }),
    'an expiry below zero': upstreamAnswer({ authorization: { expires_in: -1 } }),
    ...Object.fromEntries(
      ['Bearer', ' Bearer ', 'abc def', 'abc\ndef', 'abc\0', 'ab\u200Bc', 'äbc', '"abc"', 'a=b', '=', 'Basic abc'].map(
        (token) => [`the access token ${JSON.stringify(token)}`, upstreamAnswer({ authorization: { token } })],
      ),
    ),
  };
  for (const [what, body] of Object.entries(invalid)) {
    it(`is not made of ${what}`, () => assert.equal(readTokenSet(body, NOW_MS), undefined));
  }

  for (const token of ['abc', 'abc\n', '\r\n\tabc ', '\u00A0abc', 'Bearer abc', ' bearer  abc\n', 'BEARER\tabc']) {
    it(`has the access token abc if it is sent as ${JSON.stringify(token)}`, () => {
      assert.equal(readWith({ authorization: { token } })?.accessToken, 'abc');
    });
  }

  it('has any access token that a header can carry', () => {
    for (const token of ['a', 'AZaz09-._~+/==', 'bearer-abc', 'Bearerabc', jwtWith(NOW_S + 90)]) {
      assert.equal(readWith({ authorization: { token } })?.accessToken, token);
    }
  });

  it('has the end that a JWT with blanks and a prefix states', () => {
    const token = ` Bearer ${jwtWith(NOW_S + 90)}\n`;
    assert.equal(readWith({ authorization: { token, expires_in: undefined } })?.accessExpiresAtMs, NOW_MS + 90_000);
  });

  it('has the refresh token as it is', () => {
    for (const token of [' abc\n', 'Bearer abc', 'äbc'])
      assert.equal(readWith({ refresh: { token } })?.refreshToken, token);
  });

  it('keeps the rest of the answer, tokens left out', () => {
    const read = readWith({ authorization: { note: 'n', new: [1] }, refresh: { note: null }, version: 2 });
    assert.deepEqual(JSON.parse(JSON.stringify(read?.rest)), {
      version: 2,
      authorization: { type: 'Bearer', expires_in: 43_200, note: 'n', new: [1] },
      refresh: { expires_in: 1_209_600, note: null },
    });
  });
});

describe('the end of an access token', () => {
  const opaque = 'access-token';
  const lives: Record<string, { token: string; expires_in?: unknown; expires_at?: string; ends: number }> = {
    'is what expires_in says of an opaque token': { token: opaque, expires_in: 60, ends: 60 },
    'is what expires_in says of a JWT without exp': { token: jwtWith(undefined), expires_in: 60, ends: 60 },
    'is what the JWT says where there is no expires_in': { token: jwtWith(NOW_S + 90), ends: 90 },
    'is what the JWT says where expires_in is garbage': { token: jwtWith(NOW_S + 90), expires_in: 'x', ends: 90 },
    'is the earlier of the two: expires_in': { token: jwtWith(NOW_S + 90), expires_in: 60, ends: 60 },
    'is the earlier of the two: exp': { token: jwtWith(NOW_S + 90), expires_in: 120, ends: 90 },
    'may have passed': { token: jwtWith(NOW_S - 90), expires_in: 60, ends: -90 },
    'is what a JWT says whose exp is text': { token: jwtWith(`${NOW_S + 90}`), ends: 90 },
    'is what a JWT says whose exp has decimals and blanks': { token: jwtWith(` ${NOW_S + 90}.5 `), ends: 90.5 },
    'is not said by an exp that is another text': { token: jwtWith('soon'), expires_in: 60, ends: 60 },
    'is not said by an exp that is negative': { token: jwtWith(-1), expires_in: 60, ends: 60 },
    'is not said by an exp that is null': { token: jwtWith(null), expires_in: 60, ends: 60 },
    'is not said by what only looks like a JWT': { token: 'a.b.c', expires_in: 60, ends: 60 },
    'is not said by expires_at': { token: opaque, expires_in: 60, expires_at: '2026-01-15T12:00:01', ends: 60 },
  };
  for (const [rule, { ends, ...authorization }] of Object.entries(lives)) {
    it(rule, () => {
      const read = readWith({ authorization: { expires_in: undefined, ...authorization } });
      assert.equal(read?.accessExpiresAtMs, NOW_MS + ends * 1000);
    });
  }
});

describe('a life that is not believed', () => {
  const DAY_S = DAY_MS / 1000;
  type Life = { exp?: unknown; expires_in?: unknown; ends: number; corrected: boolean };
  const lives: Record<string, Life> = {
    'is not one of 24 hours': { expires_in: DAY_S, ends: DAY_S, corrected: false },
    'is one of more': { expires_in: DAY_S + 1, ends: DAY_S / 2, corrected: true },
    'is one in milliseconds': { expires_in: 43_200_000, ends: DAY_S / 2, corrected: true },
    'is a Unix time': { expires_in: `${NOW_S + DAY_S / 2}`, ends: DAY_S / 2, corrected: true },
    'is one without end': { expires_in: '9'.repeat(400), ends: DAY_S / 2, corrected: true },
    'is one that the JWT does not confirm': { exp: NOW_S + 60, expires_in: 43_200_000, ends: 60, corrected: true },
    'is not one that the JWT confirms': {
      exp: NOW_S + 9 * DAY_S,
      expires_in: 8 * DAY_S,
      ends: 8 * DAY_S,
      corrected: false,
    },
    'is not one of the JWT alone': { exp: NOW_S + 2 * DAY_S, ends: 2 * DAY_S, corrected: false },
    'is one of the JWT in milliseconds': { exp: NOW_MS + DAY_MS / 2, ends: DAY_S / 2, corrected: true },
    'is not confirmed by milliseconds': { exp: NOW_MS, expires_in: 43_200_000, ends: DAY_S / 2, corrected: true },
    'leaves the earlier end': { exp: NOW_MS, expires_in: 60, ends: 60, corrected: true },
  };
  for (const [rule, { exp, expires_in, ends, corrected }] of Object.entries(lives)) {
    it(rule, () => {
      const body = upstreamAnswer({ authorization: { token: jwtWith(exp), expires_in } });
      const { tokenSet, notes } = readTokenSet(body, NOW_MS) ?? {};
      assert.equal(tokenSet?.accessExpiresAtMs, NOW_MS + ends * 1000);
      assert.deepEqual(notes, corrected ? ['access_life_corrected'] : []);
    });
  }

  it('counts as 14 days for a refresh token', () => {
    for (const expires_in of [1_209_600_000, `${NOW_S + 14 * DAY_S}`, '9'.repeat(400)]) {
      const { tokenSet, notes } = readTokenSet(upstreamAnswer({ refresh: { expires_in } }), NOW_MS) ?? {};
      assert.equal(tokenSet?.refreshExpiresAtMs, NOW_MS + 14 * DAY_MS);
      assert.deepEqual(notes, ['refresh_life_corrected']);
    }
    const { notes } = readTokenSet(upstreamAnswer({ refresh: { expires_in: 366 * DAY_S } }), NOW_MS) ?? {};
    assert.deepEqual(notes, []);
  });
});

describe('readTokenSet', () => {
  const number = fc.oneof(fc.double(), fc.integer(), fc.bigInt({ min: 0n, max: 10n ** 16n }).map(String));
  const anything = fc.oneof(fc.jsonValue({ maxDepth: 1 }), number);
  const fields = ['expires_in', 'expiresIn', 'not_before', 'notBefore', 'expires_at', 'type', 'note'];
  const part = (text: fc.Arbitrary<unknown>) =>
    fc
      .tuple(text, fc.dictionary(fc.constantFrom(...fields), anything))
      .map(([chosen, rest]) => Object.assign(rest, { token: chosen }));
  const token = fc.oneof(fc.string(), anything.map(jwtWith), anything);
  const nearlyValid = fc.record({ authorization: part(token), refresh: part(token) });

  it('never throws, and yields two tokens and moments in whole milliseconds, whatever JSON comes', () => {
    fc.assert(
      fc.property(fc.oneof(nearlyValid, fc.jsonValue()), (body) => {
        const read = readTokenSet(body, NOW_MS)?.tokenSet;
        if (!read) return;
        assert.match(read.accessToken, /^[!-~]+$/);
        assert.ok(read.refreshToken.length > 0);
        for (const ms of [read.accessExpiresAtMs, read.refreshExpiresAtMs, read.notBeforeMs ?? 0]) {
          assert.equal(new Date(ms).getTime(), ms);
        }
      }),
      { numRuns: 1000 },
    );
  });

  const odd = { 'a fraction of a millisecond': 1.000_000_1, 'far beyond the calendar': 1e15 };
  for (const [what, seconds] of Object.entries(odd)) {
    it(`yields valid dates for ${what}`, () => {
      const read = readWith({
        authorization: { token: jwtWith(NOW_S + seconds), expires_in: seconds, not_before: seconds },
        refresh: { expires_in: seconds },
      });
      assert.ok(read);
      for (const ms of [read.accessExpiresAtMs, read.refreshExpiresAtMs, read.notBeforeMs ?? 0]) {
        assert.equal(new Date(ms).getTime(), ms);
      }
    });
  }
});
