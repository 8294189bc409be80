/** Callers' secrets, and what is kept of them. */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';

const SECRET_BYTES = 32;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** The cost of new hashes: 16 MiB and some 50 ms each. A secret is 32 bytes of chance: that is what holds. */
const COST = { N: 2 ** 14, r: 8, p: 1 };

/** No hash in the table may ask for more than this: it would stall the instance, or take its memory. */
const DEAREST_N = 2 ** 15;

const whole = (max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number)
    .pipe(z.number().min(1).max(max));
const base64url = z
  .string()
  .regex(/^[\w-]{16,86}$/)
  .transform((text) => Buffer.from(text, 'base64url'));
const powerOfTwo = whole(DEAREST_N).refine((n) => n > 1 && Number.isInteger(Math.log2(n)));
const hashSchema = z.tuple([z.literal('scrypt'), powerOfTwo, whole(16), whole(4), base64url, base64url]);

/** A new secret: 32 random bytes, 43 characters that need no escape in a shell, a URL or JSON. */
export function createSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What is kept of a secret: `scrypt:N:r:p:salt:hash`, so that the cost can be raised for new ones (RFC 7914 §2). */
export async function hashSecret(secret: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(secret, salt, { ...COST, bytes: HASH_BYTES });
  const { N, r, p } = COST;
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join(':');
}

/**
 * What a secret is compared with where there is no caller: as much work as a real one, and no secret that anyone could
 * know leads to it.
 */
export const DECOY_HASH = ['scrypt', COST.N, COST.r, COST.p, 'A'.repeat(22), 'A'.repeat(43)].join(':');

/** Whether this is the secret. Takes the same time whichever it is; a hash that cannot be read matches none. */
export async function matchesSecret(secret: string, kept: string): Promise<boolean> {
  const parsed = hashSchema.safeParse(kept.split(':'));
  if (!parsed.success) {
    await matchesSecret(secret, DECOY_HASH);
    return false;
  }
  const [, N, r, p, salt, hash] = parsed.data;
  return timingSafeEqual(await derive(secret, salt, { N, r, p, bytes: hash.length }), hash);
}

type Cost = { readonly N: number; readonly r: number; readonly p: number; readonly bytes: number };

/** Off the event loop: Node runs it on its thread pool. */
function derive(secret: string, salt: Buffer, { N, r, p, bytes }: Cost): Promise<Buffer> {
  const maxmem = 128 * r * (N + p + 2); // no less, or it refuses; Node's own limit is too low for a dearer one
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, bytes, { N, r, p, maxmem }, (error, hash) => (error ? reject(error) : resolve(hash)));
  });
}
