/** Bearer tokens that are forged, damaged, borrowed or out of their time, on the wire of whatever route takes them. */
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { TokenKind } from '../../src/callers/caller-token.ts';
import { keyRing } from '../fixtures.ts';
import { ENCRYPTION_KEY } from '../e2e/credentials.ts';
import { claimsOf, type Claims, encode, JWT_KEY, signed } from './token-parts.ts';
import { type Outcome, row, type Row } from './row.ts';

/** A token in the place of one that is asked for. */
export type Forgery = {
  readonly what: string;
  readonly token: (mark: string) => string;
  readonly outcomes: readonly Outcome[];
};

const NO = '401 invalid_token';

export function forged(what: string, token: Forgery['token'], ...outcomes: Outcome[]): Forgery {
  return { what, token, outcomes: outcomes.length > 0 ? outcomes : [NO] };
}

/** The rows of a route: each forgery in the place of its bearer token. */
export function bearing(write: (bearer: string) => string, forgeries: readonly Forgery[]): Row[] {
  return forgeries.map(({ what, token, outcomes }) => row(what, (mark) => write(`Bearer ${token(mark)}`), ...outcomes));
}

/** Algorithms that are not ours, by which a token says how it wants to be believed (RFC 8725 §2.1). */
export function wrongAlgorithms(kind: TokenKind): Forgery[] {
  const claims = () => claimsOf(kind);
  const nones = ['none', 'None', 'NONE', 'nOnE', '', null, 0, [], ['HS256'], 'hs256', 'HS256 ', 'dir', 'A256GCM'];
  return [
    ...nones.flatMap((alg) => [
      forged(`alg ${JSON.stringify(alg)}, unsigned`, () => `${encode({ alg, kid: JWT_KEY })}.${encode(claims())}.`),
      forged(`alg ${JSON.stringify(alg)}, signed`, () => signed(claims(), { alg, kid: JWT_KEY })),
    ]),
    forged('no alg', () => signed(claims(), { kid: JWT_KEY })),
    forged('HS384', () => signed(claims(), { alg: 'HS384', kid: JWT_KEY }, { hash: 'sha384' })),
    forged('HS512', () => signed(claims(), { alg: 'HS512', kid: JWT_KEY }, { hash: 'sha512' })),
    forged('RS256, by our key as it is', () => signed(claims(), { alg: 'RS256', kid: JWT_KEY })),
    forged('RS256, by its own key', () => byRsa(claims(), { alg: 'RS256', kid: JWT_KEY })),
    forged('HS256, by its own public key', () =>
      signed(claims(), { alg: 'HS256', kid: JWT_KEY }, { key: Buffer.from(String(publicKey.export(SPKI))) }),
    ),
    forged('HS256 with a hash of another length', () =>
      signed(claims(), { alg: 'HS256', kid: JWT_KEY }, { hash: 'sha512' }),
    ),
  ];
}

const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
});
const SPKI = { type: 'spki', format: 'pem' } as const;

function byRsa(claims: Claims, header: object): string {
  const signing = `${encode(header)}.${encode(claims)}`;
  return `${signing}.${createSign('RSA-SHA256').update(signing).sign(privateKey, 'base64url')}`;
}

/** @param fetchUrl where somebody waits who is never to be asked for a key */
export function wrongHeaders(kind: TokenKind, fetchUrl: () => string): Forgery[] {
  const claims = () => claimsOf(kind);
  const head = (members: object) => ({ alg: 'HS256', kid: JWT_KEY, ...members });
  const kids = [
    'jwt2',
    'JWT',
    '',
    ' jwt',
    '../../dev/null',
    '/dev/null',
    "' or '1'='1",
    '__proto__',
    'x'.repeat(9_000),
  ];
  const others = [[JWT_KEY], { toString: JWT_KEY }, 0, true, null];
  const jwk = publicKey.export({ format: 'jwk' });
  const oct = { kty: 'oct', k: Buffer.from('own key').toString('base64url'), alg: 'HS256', kid: JWT_KEY };
  const believe = (members: object) => () => byRsa(claims(), { alg: 'RS256', ...members });
  return [
    ...[...kids, ...others].map((kid) =>
      forged(`kid ${JSON.stringify(kid).slice(0, 20)}`, () => signed(claims(), head({ kid }))),
    ),
    forged('no kid', () => signed(claims(), { alg: 'HS256' })),
    forged('its own key in the header', believe({ jwk })),
    forged('its own secret in the header', () => signed(claims(), head({ jwk: oct }), { key: Buffer.from('own key') })),
    forged(
      'its own certificate in the header',
      believe({ x5c: [publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
    ),
    ...['jku', 'x5u'].flatMap((name) => [
      forged(`a key to fetch: ${name}`, () => byRsa(claims(), { alg: 'RS256', kid: 'own', [name]: fetchUrl() })),
      forged(`a key to fetch, and ours: ${name}`, () => signed(claims(), head({ [name]: fetchUrl(), jwk })), '200'),
    ]),
    forged('an iss to fetch', () => signed({ ...claims(), iss: fetchUrl() }, head({}))),
    forged('crit: exp', () => signed(claims(), head({ crit: ['exp'] }))),
    forged('crit: what nobody knows', () => signed(claims(), head({ crit: ['x'], x: 1 }))),
    forged('an empty crit', () => signed(claims(), head({ crit: [] }))),
    forged('a crit that is no list', () => signed(claims(), head({ crit: 'alg' }))),
    forged('a payload that is not encoded', () => signed(claims(), head({ b64: false, crit: ['b64'] }))),
    forged('a header that is a list', () => signed(claims(), [JWT_KEY])),
    forged('a header that is text', () => signed(claims(), '"HS256"')),
    forged('a header that is null', () => signed(claims(), null)),
    forged('a header that is no JSON', (mark) => signed(claims(), `{"alg":"HS256",${mark}`)),
    forged('a header in the prototype', () => signed(claims(), `{"__proto__":{"alg":"HS256","kid":"${JWT_KEY}"}}`)),
  ];
}

/** Signed by a key that is not the one it names, or not one for tokens. */
export function wrongKeys(kind: TokenKind): Forgery[] {
  const claims = () => claimsOf(kind);
  const [{ key: sealing }] = keyRing(ENCRYPTION_KEY);
  const [{ key: other }] = keyRing('other');
  const head = { alg: 'HS256', kid: JWT_KEY };
  return [
    forged('another key', () => signed(claims(), head, { key: other })),
    forged('another key, under its name', () => signed(claims(), { ...head, kid: 'other' }, { key: other })),
    forged('the key that seals the table', () => signed(claims(), head, { key: sealing })),
    forged('the key that seals the table, under its name', () =>
      signed(claims(), { ...head, kid: ENCRYPTION_KEY }, { key: sealing }),
    ),
    forged('an empty key', () => signed(claims(), head, { key: Buffer.alloc(0) })),
    forged('a key of zeros', () => signed(claims(), head, { key: Buffer.alloc(32) })),
    forged('the id of the key', () => signed(claims(), head, { key: Buffer.from(JWT_KEY) })),
  ];
}

/** Claims that are changed under a signature that was for others. */
export function swappedClaims(kind: TokenKind): Forgery[] {
  const other = kind === 'access' ? 'refresh' : 'access';
  const swapped = (members: object) => () => {
    const [header, , signature] = signed(claimsOf(kind)).split('.');
    return `${header}.${encode({ ...claimsOf(kind), ...members })}.${signature}`;
  };
  return [
    forged('another caller', swapped({ sub: 'another' })),
    forged('a later end', swapped({ exp: 9_999_999_999 })),
    forged('another secret', swapped({ cred: 'another' })),
    forged('of the other kind', () => signed(claimsOf(other)), '403 wrong_token_kind'),
    forged('of the other kind, made to look like this one', () => {
      const [header, , signature] = signed(claimsOf(other)).split('.');
      return `${header}.${encode(claimsOf(kind))}.${signature}`;
    }),
    forged('of the other kind, and expired', () => signed({ ...claimsOf(other), exp: 1 }), '403 wrong_token_kind'),
  ];
}
