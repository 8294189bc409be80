/** Key rings as settings write them: the first key encrypts or signs, all keys decrypt or verify. */
import { randomBytes } from 'node:crypto';
import { err, ok, type Result } from '../result.ts';

export type RingKey = {
  /** Names the key, also in rows and tokens. Not a secret. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
};

export type KeyRing = readonly [RingKey, ...RingKey[]];

const KEY_BYTES = 32;

/** Ids appear in encrypted columns and JWT headers: these characters need no escape in either. */
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** 32 bytes in base64 (RFC 4648 §4), with padding. */
const KEY_BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/** The public key of `local.settings.json.example`. An app in Azure rejects it under any id. */
const LOCAL_KEY = Buffer.from('for local use only, not in Azure');

/**
 * Reads `id:base64(32 bytes)[,id:base64…]`. Blanks around commas are ignored.
 *
 * @param inAzure whether to reject the key that is for local use
 * @returns the key ring, or the problem, which quotes nothing of the text
 */
export function readKeyRing(text: string, { inAzure }: { readonly inAzure: boolean }): Result<KeyRing, string> {
  const ring: RingKey[] = [];
  for (const [index, entry] of text.split(',').entries()) {
    const read = readEntry(entry.trim());
    const place = `see key ${index + 1}`;
    if (!read) return err(`has to be id:base64[,id:base64…], each key 32 bytes: ${place}`);
    if (ring.some(({ id }) => id === read.id)) return err(`has two keys with the same id: ${place}`);
    if (inAzure && LOCAL_KEY.equals(read.key)) {
      return err(`contains the key for local use only, and this runs in Azure: ${place}, and npm run keys -- new`);
    }
    ring.push(read);
  }
  const [first, ...others] = ring;
  return first ? ok([first, ...others]) : err('is empty');
}

function readEntry(entry: string): RingKey | undefined {
  const [id = '', base64 = '', ...more] = entry.split(':');
  if (!KEY_ID.test(id) || !KEY_BASE64.test(base64) || more.length > 0) return undefined;
  const key = Buffer.from(base64, 'base64');
  return key.toString('base64') === base64 ? { id, key } : undefined; // else its last character has stray bits
}

/** Tells whether two rings share a key, under whatever ids. */
export function shareKey(one: KeyRing, other: KeyRing): boolean {
  return one.some(({ key }) => other.some((candidate) => Buffer.from(candidate.key).equals(key)));
}

/** Creates a ring of one new key, in the form of the settings. Its id is the date and a random suffix. */
export function createKeySetting(nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  return `k${day}-${randomBytes(3).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}`;
}
