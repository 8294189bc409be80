// Access keys, as the host checks them with authentication on. Keys are kept and compared as digests, so that the time
// a comparison takes says nothing about the key. Pure, but for `createKey`.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DistinctHeaders } from './http-messages.ts';

export type AuthLevel = 'anonymous' | 'function' | 'admin';
/** Whose key a request carries. */
export type KeyHolder = 'nobody' | 'function' | 'master';

export interface KeyDigests {
  functionKey: Buffer;
  masterKey: Buffer;
}

/** 32 random bytes in base64url. */
export function createKey(): string {
  return randomBytes(32).toString('base64url');
}

export function digestKeys(keys: { functionKey: string; masterKey: string }): KeyDigests {
  return { functionKey: digest(keys.functionKey), masterKey: digest(keys.masterKey) };
}

/**
 * The header wins over `?code=`, even when it is wrong; of several, the first counts. `search` is the query string with its
 * `?`, or empty.
 */
export function readPresentedKey(headers: DistinctHeaders, search: string): string | undefined {
  const header = headers['x-functions-key'];
  if (header !== undefined) return header[0];
  if (search === '') return undefined;
  for (const [name, value] of new URLSearchParams(search)) if (name.toLowerCase() === 'code') return value;
  return undefined;
}

export function identifyHolder(keys: KeyDigests, presented: string | undefined): KeyHolder {
  if (presented === undefined) return 'nobody';
  const presentedDigest = digest(presented);
  const isMaster = timingSafeEqual(presentedDigest, keys.masterKey);
  const isFunction = timingSafeEqual(presentedDigest, keys.functionKey);
  if (isMaster) return 'master';
  return isFunction ? 'function' : 'nobody';
}

/** What a request with that key gets at that level: a pass, or the status that refuses it. */
export function judgeAccess(level: AuthLevel, holder: KeyHolder): 'allowed' | 401 | 403 {
  if (level === 'anonymous' || holder === 'master') return 'allowed';
  if (holder === 'nobody') return 401;
  return level === 'function' ? 'allowed' : 403;
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
