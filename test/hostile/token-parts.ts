/** The parts of a JWT of ours, so that each of them can be wrong. */
import { createHmac } from 'node:crypto';
import type { TokenKind } from '../../src/callers/caller-token.ts';
import { keyRing } from '../fixtures.ts';

/** The id of the key that the hosts sign callers' tokens with. */
export const JWT_KEY = 'jwt';

/** The caller whom tokens of the right form speak for, and the secret that it has. */
export const CALLER = { name: 'forged', credentialId: 'credential-of-the-forged' };

export type Claims = Readonly<Record<string, unknown>>;

/** Valid for a minute. */
export function claimsOf(kind: TokenKind): Claims {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return {
    token_use: kind,
    cred: CALLER.credentialId,
    iss: 'quartile-token-keeper',
    aud: 'quartile-token-keeper',
    sub: CALLER.name,
    jti: 'token-of-the-forged',
    iat: nowSeconds,
    exp: nowSeconds + 60,
  };
}

/** A part as JSON; text as it is. */
export function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

type Signing = { readonly key?: Uint8Array; readonly hash?: string };

/** A token signed by the key that the hosts have, or by another; nothing about it has to be right. */
export function signed(
  claims: unknown,
  header: unknown = { alg: 'HS256', typ: 'JWT', kid: JWT_KEY },
  { key = keyRing(JWT_KEY)[0].key, hash = 'sha256' }: Signing = {},
): string {
  const signing = `${encode(header)}.${encode(claims)}`;
  return `${signing}.${createHmac(hash, key).update(signing).digest('base64url')}`;
}
