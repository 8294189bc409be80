import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { issueTokenPair } from '../../src/local/simulator/token-sets.ts';
import { growthOf } from '../growth.ts';
import { describeFinds } from './describe-finds.ts';
import { createSearcher, type Secret } from './search.ts';

const PASSWORD = 'pä"ss %+word\\7c1f-9f2e-0b4d';
const password: Secret = { kind: 'password', value: PASSWORD };
const { access, refresh } = issueTokenPair(0, { accessLifeSeconds: 60, refreshLifeSeconds: 60 });
const token: Secret = { kind: 'access token', value: access.token };

function manyTokens(count: number): Secret[] {
  return Array.from({ length: count }, () => {
    const pair = issueTokenPair(0, { accessLifeSeconds: 1, refreshLifeSeconds: 1 });
    return { kind: 'access token', value: pair.access.token };
  });
}

/** `kind, variant` of what is found. */
function find(secret: Secret, text: string): string[] {
  return createSearcher([secret])
    .search(text)
    .map(({ kind, variant }) => `${kind}, ${variant}`);
}

describe('the search for secrets', () => {
  const forms: readonly [variant: string, text: string][] = [
    ['raw', `password=${PASSWORD}`],
    ['JSON', JSON.stringify({ password: PASSWORD })],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ password: PASSWORD }))],
    ['URL-encoded', `?password=${encodeURIComponent(PASSWORD)}&a`],
    ['URL-encoded in lower case', encodeURIComponent(PASSWORD).replaceAll(/%../g, (byte) => byte.toLowerCase())],
    ['form-encoded', new URLSearchParams({ password: PASSWORD }).toString()],
    ['hex', Buffer.from(PASSWORD).toString('hex')],
    ['upper-case hex', Buffer.from(PASSWORD).toString('hex').toUpperCase()],
    ['base64', Buffer.from(PASSWORD).toString('base64')],
  ];
  for (const [variant, text] of forms) {
    it(`finds one that is ${variant}`, () => {
      assert.deepEqual(find(password, `x${text}x`), [`password, ${variant}`]);
    });
  }

  it('finds one in base64url', () => {
    const [value, text] = ['>>>???>>>???>>>???', Buffer.from('>>>???>>>???>>>???').toString('base64url')];
    assert.deepEqual(find({ kind: 'key', value }, text), ['key, base64url']);
  });

  it('finds one in base64 of something around it, wherever in that it stands', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (before, after) => {
        const text = Buffer.concat([before, Buffer.from(PASSWORD), after]).toString('base64');
        assert.deepEqual(find(password, text), ['password, base64']);
      }),
    );
  });

  it('finds any part of 16 characters in whatever surrounds it, where it is, and none of 15', () => {
    // What surrounds it has no letter of it, so that no part grows by chance.
    const value = randomBytes(60).toString('base64url');
    const searcher = createSearcher([{ kind: 'key', value }]);
    const noise = fc.string({ unit: fc.constantFrom(' ', '"', ':', '\n', 'ü') });
    fc.assert(
      fc.property(noise, noise, fc.nat(value.length - 16), (before, after, at) => {
        const [start, end] = [before.length, before.length + 16];
        const found = searcher.search(before + value.slice(at, at + 16) + after);
        assert.deepEqual(found, [{ kind: 'key', variant: 'raw', start, end }]);
        assert.deepEqual(searcher.search(before + value.slice(at, at + 15) + after), []);
      }),
    );
  });

  it('finds each of several that stand side by side, one that is masked in part, too', () => {
    const searcher = createSearcher([password, token, { kind: 'refresh token', value: refresh.token }]);
    const text = `${refresh.token}${PASSWORD}${access.token.slice(-20)}${PASSWORD.slice(0, 4)}***`;
    const kinds = searcher.search(text).map(({ kind }) => kind);
    assert.deepEqual(kinds, ['refresh token', 'password', 'access token']);
  });

  it('finds nothing in the header of a JWT, which is every other one’s as well, and all that comes after it', () => {
    const [header = '', claims = '', signature = ''] = access.token.split('.');
    for (const text of [header, `${header}.`, `${header}.eyJ`, Buffer.from(header).toString('base64')]) {
      assert.deepEqual(find(token, text), []);
    }
    for (const text of [claims, signature, claims.slice(0, 16), access.token]) {
      assert.deepEqual(find(token, text), ['access token, raw']);
    }
  });

  it('finds nothing in other secrets, in hashes, and in letters of another case', () => {
    const other = issueTokenPair(1_000, { accessLifeSeconds: 60, refreshLifeSeconds: 60 });
    assert.deepEqual(find({ kind: 'refresh token', value: refresh.token }, other.refresh.token), []);
    const key = { kind: 'key', value: 'Only-As-It-Is-Written' };
    assert.deepEqual(find(key, key.value.toLowerCase()), []);
  });

  it('takes no secret that is shorter than the parts, and does not tell it', () => {
    assert.throws(() => createSearcher([{ kind: 'password', value: 'short-secret' }]), /^Error: A secret \(password\)/);
  });

  it('takes time that grows as the text does, and hardly with the number of secrets', () => {
    const text = randomBytes(10_000).toString('hex');
    const search = (tokens: number, length: number) => {
      const searcher = createSearcher(manyTokens(tokens));
      const part = text.slice(0, length);
      return () => assert.deepEqual(searcher.search(part), []);
    };
    // Not at all, but for a larger memory; 100 times where it is read for each secret.
    assert.ok(growthOf(search(3, 500), search(300, 500)) < 30);
    // 10 times, where the text is read once; 100 times where it is read again and again.
    assert.ok(growthOf(search(100, 2_000), search(100, 20_000)) < 30);
  });
});

describe('the description of what was found', () => {
  it('says what, in which form, where, how often and in which surroundings, and masks all of it', () => {
    const other = 'another-secret-4f8a';
    const text = `{"a":"${PASSWORD}","b":"${other}"} and ${PASSWORD} again`;
    const finds = createSearcher([password, { kind: 'key', value: other }]).search(text);
    assert.deepEqual(describeFinds('a log', text, finds), [
      `password (raw) in a log, 2 times, at 6: ${JSON.stringify('{"a":"[27 characters]","b":"*************')}`,
      `key (raw) in a log, at 40: ${JSON.stringify('*************","b":"[19 characters]"} and *************')}`,
    ]);
  });
});
