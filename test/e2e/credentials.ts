/**
 * The secrets of the end-to-end tests: different in each process, so that none is found by chance, and with characters that
 * look different in JSON, in a URL and in base64.
 */
import { randomBytes } from 'node:crypto';

export const credentials = {
  username: 'e2e@example.com',
  password: `canary "pä+ss%\\wörd" ${randomBytes(16).toString('hex')}`,
  subscriptionKey: `canary-key-${randomBytes(16).toString('hex')}`, // goes into a header
};

/** The id of the key that encrypts the rows. */
export const ENCRYPTION_KEY = 'e2e';

/** A key as the Functions host makes them: 40 bytes in base64. */
export function createHostKey(): string {
  return randomBytes(40).toString('base64');
}
