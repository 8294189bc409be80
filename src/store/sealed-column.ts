/**
 * Columns that nobody reads or changes without a key: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits.
 *
 * A sealed column is `v1.KEY_ID.BASE64`, the last part nonce, ciphertext and tag. What it belongs to is authenticated with
 * it, so that it opens nowhere else: not in another account, not in another generation, not in another column.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing, RingKey } from '../settings/key-ring.ts';

/** What a sealed column belongs to. */
export type SealContext = {
  readonly account: string;
  readonly generation: number;
  readonly column: 'tokens' | 'jsonData';
};

export type Opened =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      /** `not_sealed`: in the clear, or in a format that is not ours. `not_authentic`: edited, moved, or put back. */
      readonly reason: 'not_sealed' | 'unknown_key' | 'not_authentic';
    };

const FORMAT = 'v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals under the first key of the ring. */
export function seal(text: string, context: SealContext, [{ id, key }]: KeyRing): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(id, context));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${FORMAT}.${id}.${sealed.toString('base64')}`;
}

/** Opens with the key of the ring that the column names. Never throws. */
export function open(column: string, context: SealContext, ring: KeyRing): Opened {
  const { keyId, sealed } = parseSealed(column) ?? {};
  if (keyId === undefined || sealed === undefined) return { ok: false, reason: 'not_sealed' };
  const ringKey = ring.find(({ id }) => id === keyId);
  return ringKey ? decipher(sealed, context, ringKey) : { ok: false, reason: 'unknown_key' };
}

/** The id of the key that a column, or the start of one, names; `undefined` where it is not sealed. */
export function sealedUnder(column: string): string | undefined {
  const [format, keyId, rest] = column.split('.');
  return format === FORMAT && rest !== undefined ? keyId : undefined;
}

function parseSealed(column: string): { keyId: string; sealed: Buffer } | undefined {
  const [format, keyId, base64, ...more] = column.split('.');
  if (format !== FORMAT || !keyId || base64 === undefined || more.length > 0) return undefined;
  const sealed = Buffer.from(base64, 'base64');
  // What Buffer skips over is no part of ours.
  return sealed.toString('base64') === base64 ? { keyId, sealed } : undefined;
}

function decipher(sealed: Buffer, context: SealContext, { id, key }: RingKey): Opened {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return { ok: false, reason: 'not_authentic' };
  const decipherer = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipherer.setAAD(additionalData(id, context));
  decipherer.setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = decipherer.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return { ok: true, text: Buffer.concat([text, decipherer.final()]).toString('utf8') };
  } catch {
    return { ok: false, reason: 'not_authentic' }; // the tag does not match: the one thing that `final` throws for
  }
}

/** As JSON, so that no two contexts have the same bytes. */
function additionalData(keyId: string, { account, generation, column }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, keyId, account, generation, column]));
}
