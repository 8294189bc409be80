/** Bearer tokens whose claims are wrong though the signature is right, and such as are damaged on the way. */
import type { TokenKind } from '../../src/callers/caller-token.ts';
import { type Forgery, forged } from './forged-tokens.ts';
import { claimsOf, encode, JWT_KEY, signed } from './token-parts.ts';
import type { Outcome } from './row.ts';

const now = () => Math.floor(Date.now() / 1000);

/** As whoever has got hold of the key, or a fault of ours, could sign them. */
export function wrongClaims(kind: TokenKind): Forgery[] {
  const claiming = (what: string, members: () => object, ...outcomes: Outcome[]) =>
    forged(what, () => signed({ ...claimsOf(kind), ...members() }), ...outcomes);
  const claims = ['iss', 'aud', 'sub', 'jti', 'cred', 'token_use', 'iat', 'exp'];
  const wrong = [null, true, {}, '', [[]]];
  return [
    ...claims.map((claim) => claiming(`no ${claim}`, () => ({ [claim]: undefined }))),
    ...claims.flatMap((claim) =>
      wrong.map((value) => claiming(`${claim} ${JSON.stringify(value)}`, () => ({ [claim]: value }))),
    ),
    ...['../x', 'No Name', 'x'.repeat(65), '__proto__', 'a\n', 7].map((sub) =>
      claiming(`sub ${JSON.stringify(sub).slice(0, 20)}`, () => ({ sub })),
    ),
    claiming('iss of another service', () => ({ iss: 'quartile' })),
    claiming('aud of another service', () => ({ aud: ['quartile'] })),
    claiming('token_use of no kind', () => ({ token_use: 'id' })),
    claiming('token_use of both kinds', () => ({ token_use: ['access', 'refresh'] })),
    ...wrongTimes(kind),
    forged('claims that are no JSON', (mark) => signed(`{"sub":"${mark}`)),
    forged('claims that are a list', () => signed([claimsOf(kind)])),
    forged('claims that are null', () => signed('null')),
    forged('claims in the prototype', () => signed(`{"__proto__":${JSON.stringify(claimsOf(kind))}}`)),
    forged('a claim twice, the last one wrong', () =>
      signed(`${JSON.stringify(claimsOf(kind)).slice(0, -1)},"exp":"1"}`),
    ),
    forged('lists in lists', () => signed('['.repeat(5_000))),
    forged('a token in a token', () => signed(signed(claimsOf(kind)), { alg: 'HS256', kid: JWT_KEY, cty: 'JWT' })),
  ];
}

/** The clock at the edges. No leeway: the end is the first second in which a token is none. */
function wrongTimes(kind: TokenKind): Forgery[] {
  const ending = (what: string, exp: () => unknown, ...outcomes: Outcome[]) =>
    forged(`exp ${what}`, () => signed({ ...claimsOf(kind), exp: exp() }), ...outcomes);
  /** As it stands in JSON: a number that is none there. */
  const written = (exp: string) =>
    forged(`exp ${exp}`, () =>
      signed(JSON.stringify({ ...claimsOf(kind), exp: 0 }).replace('"exp":0', `"exp":${exp}`)),
    );
  const ended = '401 token_expired';
  return [
    ending('now', now, ended),
    ending('a second ago', () => now() - 1, ended),
    ending('at the beginning', () => 0, ended),
    ending('before the beginning', () => -1, ended),
    ending('far ahead', () => 8_640_000_000_000, '200'),
    ending('in text', () => String(now() + 60)),
    ending('in a fraction of a second', () => now() + 60.5),
    ending('in milliseconds', () => Date.now(), '200'),
    ending('beyond what is exact', () => Number.MAX_SAFE_INTEGER + 1),
    ...['NaN', '1e999', '-1e999', 'Infinity', '0x7fffffff', '9'.repeat(400)].map(written),
    forged('iat ahead', () => signed({ ...claimsOf(kind), iat: now() + 3600 }), '200'), // of a clock that is ahead
    forged('nbf ahead', () => signed({ ...claimsOf(kind), nbf: now() + 60 })),
    forged('nbf in text', () => signed({ ...claimsOf(kind), nbf: 'now' })),
  ];
}

/** Cut, padded, filled up, or no JWS at all. */
export function damagedTokens(kind: TokenKind): Forgery[] {
  const parts = () => {
    const [header = '', payload = '', signature = ''] = signed(claimsOf(kind)).split('.');
    return { header, payload, signature };
  };
  const made = (what: string, token: (part: ReturnType<typeof parts>) => string) => forged(what, () => token(parts()));
  return [
    made('no header', ({ payload, signature }) => `.${payload}.${signature}`),
    made('no payload', ({ header, signature }) => `${header}..${signature}`),
    made('no signature', ({ header, payload }) => `${header}.${payload}.`),
    made('two parts', ({ header, payload }) => `${header}.${payload}`),
    made('one part', ({ header }) => header),
    made('four parts', ({ header, payload, signature }) => `${header}.${payload}.${signature}.${signature}`),
    made('dots', () => '..'),
    made('half a signature', ({ header, payload, signature }) => `${header}.${payload}.${signature.slice(0, 21)}`),
    made('half a payload', ({ header, payload, signature }) => `${header}.${payload.slice(0, 40)}.${signature}`),
    made('half a header', ({ header, payload, signature }) => `${header.slice(0, 9)}.${payload}.${signature}`),
    made('a signature twice', ({ header, payload, signature }) => `${header}.${payload}.${signature}${signature}`),
    made('a padded signature', ({ header, payload, signature }) => `${header}.${payload}.${signature}=`),
    made('a padded payload', ({ header, payload, signature }) => `${header}.${payload}=.${signature}`),
    made('a signature in the other alphabet', ({ header, payload, signature }) => {
      const other = signature.replaceAll('-', '+').replaceAll('_', '/');
      return `${header}.${payload}.${other === signature ? `${signature}=` : other}`;
    }),
    made('blanks within', ({ header, payload, signature }) => `${header}. ${payload}.${signature}`),
    made('a tab within', ({ header, payload, signature }) => `${header}.${payload}.\t${signature}`),
    made('a comma and another', ({ header, payload, signature }) => `${header}.${payload}.${signature},x`),
    made('quotes', ({ header, payload, signature }) => `"${header}.${payload}.${signature}"`),
    made('a JWE', ({ payload }) => `${encode({ alg: 'dir', enc: 'A256GCM', kid: JWT_KEY })}..${payload}.${payload}.x`),
    made('JSON', ({ header, payload, signature }) => JSON.stringify({ protected: header, payload, signature })),
    forged('20 KB of nothing', (mark) => mark.padEnd(20_000, 'x')),
    forged('20 KB of claims', () => signed({ ...claimsOf(kind), x: 'x'.repeat(14_000) }), '200'),
    forged('20 KB of dots', () => '.'.repeat(20_000)),
    forged(
      '30 KB, and a signature that is not ours',
      (mark) => `${encode({ alg: 'HS256', kid: JWT_KEY, mark })}.${'A'.repeat(29_000)}.x`,
    ),
    forged('40 KB', (mark) => mark.padEnd(40_000, 'x'), '431'), // the real host: 431, too
    forged('bytes that are no text', (mark) => `\xff\x80${mark}`),
  ];
}

/** The token with each of its characters changed, one at a time. */
export function flipped(kind: TokenKind): string[] {
  const token = signed(claimsOf(kind));
  const changed = (character: string, index: number) =>
    `${token.slice(0, index)}${neighbour(character)}${token.slice(index + 1)}`;
  return Array.from(token, changed);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The one that differs in the last bit alone. */
function neighbour(character: string): string {
  const index = ALPHABET.indexOf(character);
  return index === -1 ? 'A' : (ALPHABET[index % 2 === 0 ? index + 1 : index - 1] ?? 'A');
}
