/**
 * Callers' own tokens: JWTs (RFC 7519) that only this service issues and verifies. The claim `token_use` distinguishes
 * the two kinds, so that neither is accepted as the other (RFC 8725 §3.12).
 */
import { errors, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import type { BearerRefusal } from '../http/problem.ts';
import { err, ok, type Result } from '../result.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import { CALLER_NAME } from './caller-store.ts';

export type TokenKind = 'access' | 'refresh';

/** The caller that a token identifies. */
export type Identity = {
  readonly caller: string;
  /** Identifies the secret that the caller logged in with. */
  readonly credentialId: string;
};

/** Issuer and audience. */
const SERVICE = 'quartile-token-keeper';

/** Fixed: a token's own header does not choose the algorithm (RFC 8725 §3.1). */
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
 * Issues a token, signed with the ring's first key.
 *
 * @param issue.lifeMs a multiple of 1,000; counted from the start of the second of `nowMs`
 * @param issue.tokenId its `jti`: new for every token
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
 * Verifies a token of the given kind. There is no leeway: this service issues and verifies, and a difference between the
 * clocks of two instances shifts the end of a token only by itself.
 *
 * @returns `invalid_token` for a token that is forged, damaged, or signed with a key that is not in the ring
 */
export async function verifyToken(
  keys: KeyRing,
  token: string,
  { kind, nowMs }: { readonly kind: TokenKind; readonly nowMs: number },
): Promise<Result<Identity, BearerRefusal>> {
  const read = await readClaims(keys, token, nowMs);
  if (read === undefined) return err('invalid_token');
  const { claims, expired } = read;
  // Checked before the expiry: renewing does not help a caller that sends the wrong kind.
  if (claims.token_use !== kind) return err('wrong_token_kind');
  if (expired) return err('token_expired');
  return ok({ caller: claims.sub, credentialId: claims.cred });
}

type ReadClaims = { readonly claims: Claims; readonly expired: boolean };

/** The claims of a token that this service issued, expired or not; `undefined` for any other. */
async function readClaims(keys: KeyRing, token: string, nowMs: number): Promise<ReadClaims | undefined> {
  if (!hasCanonicalSignature(token)) return undefined;
  const options = { algorithms: [ALGORITHM], issuer: SERVICE, audience: SERVICE, currentDate: new Date(nowMs) };
  try {
    const { payload } = await jwtVerify(token, ({ kid }: JWTHeaderParameters) => keyNamed(keys, kid), options);
    return parseClaims(payload, false);
  } catch (error) {
    // The signature is checked before the times.
    if (error instanceof errors.JWTExpired) return parseClaims(error.payload, true);
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}

/**
 * Whether the signature is encoded as we encode it. `jose` also reads other encodings of the same bytes: padded, or with
 * other bits where the last character has spare ones. Header and payload are signed in their encoded form.
 */
function hasCanonicalSignature(token: string): boolean {
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
