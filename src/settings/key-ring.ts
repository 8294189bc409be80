/** Key rings, as settings write them: the first key is used for what is new, all of them for what is there. */
import { randomBytes } from 'node:crypto';

export type RingKey = {
  /** Names the key, in rows and tokens too. No secret. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
};

/** One key at least, the first one in use for what is new. */
export type KeyRing = readonly [RingKey, ...RingKey[]];

export type KeyRingReading =
  | { readonly ok: true; readonly ring: KeyRing }
  /** What is wrong, without a word of the keys. */
  | { readonly ok: false; readonly problem: string };

const KEY_BYTES = 32;

/** Ids stand in sealed columns and JWT headers, so that they are kept to letters that need no escape anywhere. */
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** 32 bytes in base64 (RFC 4648 §4), the padding included. */
const KEY_BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/**
 * The key in `local.settings.json.example`, which everybody can read. Its bytes say what it is for; an app that runs in
 * Azure refuses it, whatever its id.
 */
const LOCAL_KEY = Buffer.from('for local use only, not in Azure');

/**
 * Reads `id:base64(32 bytes)[,id:base64…]`; blanks around the commas do not count.
 *
 * @param inAzure whether the key that is for local use is refused
 */
export function readKeyRing(text: string, { inAzure }: { readonly inAzure: boolean }): KeyRingReading {
  const ring: RingKey[] = [];
  for (const [index, entry] of text.split(',').entries()) {
    const read = readEntry(entry.trim());
    const place = `key ${index + 1}`;
    if (read === undefined) {
      return { ok: false, problem: `has to be id:base64[,id:base64…], each key 32 bytes: see ${place}` };
    }
    if (ring.some(({ id }) => id === read.id))
      return { ok: false, problem: `has two keys of the same id: see ${place}` };
    if (inAzure && LOCAL_KEY.equals(read.key)) {
      return {
        ok: false,
        problem: `carries the key that is for local use only, and this runs in Azure: see ${place}, and npm run keys -- new`,
      };
    }
    ring.push(read);
  }
  const [first, ...others] = ring;
  return first ? { ok: true, ring: [first, ...others] } : { ok: false, problem: 'is empty' };
}

/** Whether two rings share a key, under whatever ids. */
export function shareKey(one: KeyRing, other: KeyRing): boolean {
  return one.some(({ key }) => other.some((candidate) => Buffer.from(candidate.key).equals(key)));
}

/** A ring of one new key, in the form of the settings. Its id is the day, and something that tells two of one day apart. */
export function createKeySetting(nowMs: number): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '');
  return `k${day}-${randomBytes(3).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}`;
}

function readEntry(entry: string): RingKey | undefined {
  const [id = '', base64 = '', ...more] = entry.split(':');
  if (!KEY_ID.test(id) || !KEY_BASE64.test(base64) || more.length > 0) return undefined;
  const key = Buffer.from(base64, 'base64');
  return key.length === KEY_BYTES && key.toString('base64') === base64 ? { id, key } : undefined;
}
