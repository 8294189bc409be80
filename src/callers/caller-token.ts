/**
 * Callers' own tokens: JWTs (RFC 7519) that we issue and only we verify. One core for both kinds; the claim `token_use`
 * tells them apart, so that neither passes for the other (RFC 8725 §3.12).
 */
import { errors, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import type { BearerRefusal } from '../http/problem.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import { CALLER_NAME } from './caller-name.ts';

export type TokenKind = 'access' | 'refresh';

/** Whom a token speaks for. */
export type Identity = {
  readonly caller: string;
  /** The secret that the caller logged in with: replaced together with it. */
  readonly credentialId: string;
};

/** Who sends a token, or why it is refused. */
export type Authentication =
  | { readonly result: 'known'; readonly identity: Identity }
  | { readonly result: 'refused'; readonly code: BearerRefusal };

/** Who issues the tokens, and whom they are for. */
const SERVICE = 'quartile-token-keeper';

/** Pinned: what a token says of its own algorithm is no reason to believe it (RFC 8725 §3.1). */
const ALGORITHM = 'HS256';

const claimsSchema = z.object({
  token_use: z.enum(['access', 'refresh']),
  sub: z.string().regex(CALLER_NAME),
  cred: z.string().min(1),
  jti: z.string().min(1),
  iat: z.int(),
  exp: z.int(),
});
type Claims = z.infer<typeof claimsSchema>;

/**
 * Issues a token, signed by the ring's first key.
 *
 * @param issue.lifeMs whole seconds; counted from the second that `nowMs` is in
 * @param issue.tokenId its `jti`: fresh with every token
 */
export function issueToken(
  keys: KeyRing,
  token: Identity & { readonly kind: TokenKind },
  issue: { readonly lifeMs: number; readonly nowMs: number; readonly tokenId: string },
): Promise<string> {
  const [{ id, key }] = keys;
  const issuedAtSeconds = Math.floor(issue.nowMs / 1000);
  return new SignJWT({ token_use: token.kind, cred: token.credentialId })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: id })
    .setIssuer(SERVICE)
    .setAudience(SERVICE)
    .setSubject(token.caller)
    .setJti(issue.tokenId)
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + issue.lifeMs / 1000)
    .sign(key);
}

/**
 * Verifies a token that is to be of this kind. No leeway: who issues is who verifies, and a difference between the
 * clocks of two instances shifts the end of a token by no more than itself. `invalid_token` is one that is not ours:
 * forged, damaged, or signed by a key that is not in the ring.
 */
export async function verifyToken(
  keys: KeyRing,
  token: string,
  { kind, nowMs }: { readonly kind: TokenKind; readonly nowMs: number },
): Promise<Authentication> {
  const read = await readClaims(keys, token, nowMs);
  if (read === undefined) return { result: 'refused', code: 'invalid_token' };
  const { claims, expired } = read;
  // Before its expiry: renewing does not help whoever sends the other kind.
  if (claims.token_use !== kind) return { result: 'refused', code: 'wrong_token_kind' };
  if (expired) return { result: 'refused', code: 'token_expired' };
  return { result: 'known', identity: { caller: claims.sub, credentialId: claims.cred } };
}

type ReadClaims = { readonly claims: Claims; readonly expired: boolean };

/** The claims of a token that is ours, expired or not; `undefined` where it is not. */
async function readClaims(keys: KeyRing, token: string, nowMs: number): Promise<ReadClaims | undefined> {
  if (!isSignedOurWay(token)) return undefined;
  const options = { algorithms: [ALGORITHM], issuer: SERVICE, audience: SERVICE, currentDate: new Date(nowMs) };
  try {
    const { payload } = await jwtVerify(token, ({ kid }: JWTHeaderParameters) => keyNamed(keys, kid), options);
    return parseClaims(payload, false);
  } catch (error) {
    // The signature is checked before the times are.
    if (error instanceof errors.JWTExpired) return parseClaims(error.payload, true);
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/**
 * Whether the signature is written as we write it. The same bytes can be written in other ways, which `jose` reads, too:
 * padded, or with other bits where the last character has some to spare. Header and payload are signed as they are written.
 */
function isSignedOurWay(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1);
  return Buffer.from(signature, 'base64url').toString('base64url') === signature;
}

function parseClaims(payload: unknown, expired: boolean): ReadClaims | undefined {
  const parsed = claimsSchema.safeParse(payload);
  return parsed.success ? { claims: parsed.data, expired } : undefined;
}

function keyNamed(keys: KeyRing, kid: unknown): Uint8Array {
  const named = keys.find(({ id }) => id === kid);
  if (!named) throw new errors.JWKSNoMatchingKey();
  return named.key;
}
