/**
 * Callers' secrets, and what the table keeps of them. A secret is 256 random bits, so that a plain hash is enough: a
 * slow one protects secrets that can be guessed, and would cost the instance more than it costs an attacker.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 32;

/** The form of every secret: 32 bytes in base64url. */
const SECRET = /^[\w-]{43}$/;

/** `sha256:` and 32 bytes in base64url. */
const HASH = /^sha256:([\w-]{43})$/;

/** A new secret: 43 characters that need no escape in a shell, a URL or JSON. */
export function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What the table keeps of a secret. */
export function hashSecret(secret: string): string {
  return `sha256:${digest(secret).toString('base64url')}`;
}

/** Whether a hash has today's form. No secret matches another one: `npm run callers -- rotate-secret` renews it. */
export function isCurrentHash(hash: string): boolean {
  return HASH.test(hash);
}

/**
 * Whether this is the secret, compared in constant time. Only secrets of the form that `createSecret` makes are accepted.
 *
 * @param hash `undefined` if there is no caller: the work is the same, and the result is false
 */
export function matchesSecret(secret: string, hash: string | undefined): boolean {
  const [, kept = NO_SECRET] = HASH.exec(hash ?? '') ?? [];
  const isEqual = timingSafeEqual(digest(secret), Buffer.from(kept, 'base64url'));
  return isEqual && SECRET.test(secret);
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** The hash of the empty text, which is not a secret. */
const NO_SECRET = digest('').toString('base64url');
