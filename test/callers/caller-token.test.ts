import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader, SignJWT, UnsecuredJWT } from 'jose';
import { issueToken, type TokenKind, verifyToken } from '../../src/callers/caller-token.ts';
import { type KeyRing, readKeyRing } from '../../src/settings/key-ring.ts';
import { keyRing, keySetting, MINUTE_MS, NOW_MS } from '../fixtures.ts';

const keys = keyRing('one');
const identity = { caller: 'worker-1', credentialId: 'credential-1' };
const lifeMs = 15 * MINUTE_MS;
const validClaims = {
  iss: 'quartile-token-keeper',
  aud: 'quartile-token-keeper',
  sub: 'worker-1',
  jti: 'token-1',
  cred: 'credential-1',
  token_use: 'access',
  iat: NOW_MS / 1000,
  exp: NOW_MS / 1000 + 900,
};

function issue(kind: TokenKind, ring: KeyRing = keys, nowMs = NOW_MS): Promise<string> {
  return issueToken(ring, { ...identity, kind }, { lifeMs, nowMs, tokenId: 'token-1' });
}

type Check = { readonly kind?: TokenKind; readonly ring?: KeyRing; readonly nowMs?: number };

async function verdictOn(token: string, { kind = 'access', ring = keys, nowMs = NOW_MS }: Check = {}) {
  const authentication = await verifyToken(ring, token, { kind, nowMs });
  return authentication.ok ? 'known' : authentication.error;
}

/** A token signed with the right key, as a thief of the key could sign it; `undefined` removes a claim. */
function sign(claims: Record<string, unknown>, { kid = 'one', ring: [{ key }] = keys } = {}) {
  const given = Object.entries({ ...validClaims, ...claims }).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(given)).setProtectedHeader({ alg: 'HS256', kid }).sign(key);
}

describe('a token of ours', () => {
  for (const kind of ['access', 'refresh'] as const) {
    it(`for ${kind} tells who it speaks for`, async () => {
      const token = await issue(kind);
      assert.deepEqual(await verifyToken(keys, token, { kind, nowMs: NOW_MS }), { ok: true, value: identity });
      assert.deepEqual(decodeJwt(token), { ...validClaims, token_use: kind });
      assert.deepEqual(decodeProtectedHeader(token), { alg: 'HS256', typ: 'JWT', kid: 'one' });
    });
  }

  it('is refused instead of the other kind, expired or not', async () => {
    for (const nowMs of [NOW_MS, NOW_MS + lifeMs]) {
      assert.equal(await verdictOn(await issue('access'), { kind: 'refresh', nowMs }), 'wrong_token_kind');
      assert.equal(await verdictOn(await issue('refresh'), { kind: 'access', nowMs }), 'wrong_token_kind');
    }
  });

  it('expires exactly at its exp, and not before', async () => {
    const token = await issue('access');
    assert.equal(await verdictOn(token, { nowMs: NOW_MS + lifeMs - 1 }), 'known');
    assert.equal(await verdictOn(token, { nowMs: NOW_MS + lifeMs }), 'token_expired');
    const issuedWithinSecond = await issue('access', keys, NOW_MS + 999);
    assert.equal(await verdictOn(issuedWithinSecond, { nowMs: NOW_MS + lifeMs }), 'token_expired');
  });

  it('stays valid after a change of keys while its own key is in the ring', async () => {
    const token = await issue('refresh', keyRing('one'));
    assert.equal(await verdictOn(token, { kind: 'refresh', ring: keyRing('two', 'one') }), 'known');
    assert.equal(decodeProtectedHeader(await issue('access', keyRing('two', 'one'))).kid, 'two');
    assert.equal(await verdictOn(token, { kind: 'refresh', ring: keyRing('two') }), 'invalid_token');
  });
});

describe('a token that is not ours', () => {
  it('is invalid if any part of it was changed', async () => {
    const token = await issue('access');
    const [header = '', payload = '', signature = ''] = token.split('.');
    const longer = Buffer.from(JSON.stringify({ ...validClaims, exp: validClaims.exp + 1 })).toString('base64url');
    for (const forged of [
      `${header}.${longer}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}.${payload}.${signature.slice(0, -2)}`,
      `${header}.${payload}.${signature}.`,
      token.slice(0, 20),
      `${header}..${signature}`,
      '',
    ]) {
      assert.equal(await verdictOn(forged), 'invalid_token', forged);
    }
  });

  it('is invalid if its signature is another encoding of the same bytes', async () => {
    const token = await issue('access');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // 32 bytes leave two bits of the last character without a meaning.
    const last = alphabet.indexOf(token.at(-1) ?? '');
    const others = [1, 2, 3].map((bits) => `${token.slice(0, -1)}${alphabet[last + bits]}`);
    const bytes = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url');
    for (const other of [...others, `${token}=`]) {
      assert.deepEqual(bytes(other), bytes(token));
      assert.equal(await verdictOn(other), 'invalid_token', other);
    }
  });

  it('is invalid without an algorithm, or with any other than HS256', async () => {
    const header = (alg: string) => Buffer.from(JSON.stringify({ alg, kid: 'one' })).toString('base64url');
    const unsecured = new UnsecuredJWT(validClaims).encode();
    const [, payload = ''] = unsecured.split('.');
    const unsigned = ['none', 'None', 'HS256', ''].map((alg) => `${header(alg)}.${payload}.`);
    for (const token of [unsecured, ...unsigned]) assert.equal(await verdictOn(token), 'invalid_token', token);
    // A key that is long enough for them, so that nothing but the algorithm is wrong.
    for (const alg of ['HS384', 'HS512']) {
      const key = Buffer.concat([keys[0].key, Buffer.alloc(32)]);
      const token = await new SignJWT(validClaims).setProtectedHeader({ alg, kid: 'one' }).sign(key);
      assert.equal(await verdictOn(token, { ring: [{ id: 'one', key }] }), 'invalid_token', alg);
    }
  });

  it('is invalid if it uses a public key as the secret one', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rs256 = await new SignJWT(validClaims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey);
    assert.equal(await verdictOn(rs256), 'invalid_token');
    const jwk = publicKey.export({ format: 'jwk' });
    const embedded = await new SignJWT(validClaims)
      .setProtectedHeader({ alg: 'RS256', kid: 'one', jwk: Object(jwk) })
      .sign(privateKey);
    assert.equal(await verdictOn(embedded), 'invalid_token');
  });

  it('is invalid if its kid is unknown, missing, or that of another key', async () => {
    assert.equal(await verdictOn(await sign({})), 'known'); // what follows differs in one thing only
    assert.equal(await verdictOn(await sign({}, { kid: 'two' })), 'invalid_token');
    const withoutKid = await new SignJWT(validClaims).setProtectedHeader({ alg: 'HS256' }).sign(keys[0].key);
    assert.equal(await verdictOn(withoutKid), 'invalid_token');
    assert.equal(await verdictOn(await sign({}, { kid: 'two' }), { ring: keyRing('one', 'two') }), 'invalid_token');
    const elsewhere = readKeyRing(keySetting('two').replace('two:', 'one:'), { inAzure: false });
    assert.ok(elsewhere.ok);
    assert.equal(await verdictOn(await sign({}, { ring: elsewhere.value })), 'invalid_token');
  });

  for (const claim of ['iss', 'aud', 'sub', 'jti', 'cred', 'token_use', 'iat', 'exp']) {
    it(`is unreadable without ${claim}`, async () => {
      assert.equal(await verdictOn(await sign({ [claim]: undefined })), 'invalid_token');
    });
  }

  for (const [claim, wrong] of Object.entries({
    iss: 'somebody else',
    aud: ['somebody else'],
    sub: 'No Name',
    jti: 7,
    cred: '',
    token_use: 'id',
    iat: 'now',
    exp: `${validClaims.exp}`,
    nbf: NOW_MS / 1000 + 60,
  })) {
    it(`is unreadable where ${claim} is ${JSON.stringify(wrong)}`, async () => {
      assert.equal(await verdictOn(await sign({ [claim]: wrong })), 'invalid_token');
    });
  }

  it('is invalid for any other text', async () => {
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 200 }), fc.base64String());
    await fc.assert(
      fc.asyncProperty(text, async (token) => assert.equal(await verdictOn(token), 'invalid_token')),
      { numRuns: 500 },
    );
  });

  it('is invalid if a piece of it was replaced or removed', async () => {
    const token = await issue('access');
    const at = fc.nat({ max: token.length - 1 });
    const piece = fc.oneof(fc.string({ maxLength: 3 }), fc.stringMatching(/^[A-Za-z0-9_.-]{0,3}$/));
    await fc.assert(
      fc.asyncProperty(at, fc.nat({ max: 3 }), piece, async (index, length, other) => {
        const changed = token.slice(0, index) + other + token.slice(index + length);
        assert.equal(await verdictOn(changed), changed === token ? 'known' : 'invalid_token', changed);
      }),
      { numRuns: 500 },
    );
  });

  it('is judged with any signed claims and header', async () => {
    const claim = fc.constantFrom(...Object.keys(validClaims), 'nbf', 'x');
    const claims = fc.dictionary(claim, fc.jsonValue({ maxDepth: 1 }));
    await fc.assert(
      fc.asyncProperty(claims, async (others) => {
        const token = await sign(others);
        const verdict = await verdictOn(token);
        const touched = Object.keys(others).some((name) => name in validClaims || name === 'nbf');
        assert.ok(touched || verdict === 'known', `${verdict} of ${JSON.stringify(others)}`);
      }),
    );
  });

  it('is invalid for anything sent in its place', async () => {
    const part = fc.oneof(
      fc.base64String().map((text) => text.replaceAll(/[=+/]/g, '')),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc
        .object()
        .map((header) => Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'one', ...header })).toString('base64url')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        assert.equal(await verdictOn(parts.join('.')), 'invalid_token');
      }),
    );
  });
});
