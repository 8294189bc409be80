/**
 * Access keys, as the host checks them with `--enable-auth`. Keys are compared by their digests, so that the time a
 * comparison takes reveals nothing about a key. Pure, except `createKey`.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { AuthLevel } from './load-app.ts';

export type Keys = { readonly functionKey: string; readonly masterKey: string };

/** Creates a key: 32 random bytes in base64url. */
export function createKey(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * Finds the key that a request carries. The header wins over `?code=`, even if it is wrong; of several, the first counts.
 *
 * @param headers the values of `x-functions-key`
 * @param search the query string with its `?`, or empty
 */
export function readPresentedKey(headers: readonly string[] | undefined, search: string): string | undefined {
  if (headers !== undefined) return headers[0];
  for (const [name, value] of new URLSearchParams(search)) if (name.toLowerCase() === 'code') return value;
  return undefined;
}

/** Decides about a request for a function of that level. @returns 401 or 403 to refuse it */
export function judgeKey(level: AuthLevel, presented: string | undefined, keys: Keys): 'allowed' | 401 | 403 {
  if (level === 'anonymous') return 'allowed';
  if (presented === undefined) return 401;
  if (isSame(presented, keys.masterKey)) return 'allowed';
  if (!isSame(presented, keys.functionKey)) return 401;
  return level === 'function' ? 'allowed' : 403;
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
