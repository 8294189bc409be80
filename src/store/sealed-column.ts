/**
 * Columns that cannot be read or changed without a key: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits.
 *
 * A sealed column is `v1.KEY_ID.BASE64`; the last part is nonce, ciphertext and tag. What it belongs to is authenticated
 * with it, so that it cannot be moved to another account, generation or column.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { err, ok, type Result } from '../result.ts';
import type { KeyRing, RingKey } from '../settings/key-ring.ts';

/** What a sealed column belongs to. */
export type SealContext = {
  readonly account: string;
  readonly generation: number;
  readonly column: 'tokens' | 'jsonData' | 'loginBreaker';
};

/** `not_sealed`: plain text, or a format that is not ours. `not_authentic`: edited, moved, or an older value. */
export type SealFailure = 'not_sealed' | 'unknown_key' | 'not_authentic';

const FORMAT = 'v1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts with the first key of the ring. */
export function seal(text: string, context: SealContext, [{ id, key }]: KeyRing): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(id, context));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `${FORMAT}.${id}.${sealed.toString('base64')}`;
}

/** Decrypts with the key that the column names. Never throws. @returns the text */
export function open(column: string, context: SealContext, ring: KeyRing): Result<string, SealFailure> {
  const { keyId, sealed } = parseSealed(column) ?? {};
  if (keyId === undefined || sealed === undefined) return err('not_sealed');
  const ringKey = ring.find(({ id }) => id === keyId);
  return ringKey ? decipher(sealed, context, ringKey) : err('unknown_key');
}

/** The id of the key that a column, or the start of one, names; `undefined` if it is not sealed. */
export function sealedUnder(column: string): string | undefined {
  const [format, keyId, rest] = column.split('.');
  return format === FORMAT && rest !== undefined ? keyId : undefined;
}

function parseSealed(column: string): { keyId: string; sealed: Buffer } | undefined {
  const [format, keyId, base64, ...more] = column.split('.');
  if (format !== FORMAT || !keyId || base64 === undefined || more.length > 0) return undefined;
  const sealed = Buffer.from(base64, 'base64');
  // Buffer skips characters that are not base64: such a column is not ours.
  return sealed.toString('base64') === base64 ? { keyId, sealed } : undefined;
}

function decipher(sealed: Buffer, context: SealContext, { id, key }: RingKey): Result<string, SealFailure> {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return err('not_authentic');
  const decipherer = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipherer.setAAD(additionalData(id, context));
  decipherer.setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = decipherer.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return ok(Buffer.concat([text, decipherer.final()]).toString('utf8'));
  } catch {
    return err('not_authentic'); // the tag does not match: nothing else makes `final` throw
  }
}

/** As JSON, so that different contexts never have the same bytes. */
function additionalData(keyId: string, { account, generation, column }: SealContext): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, keyId, account, generation, column]));
}
