import { randomBytes } from 'node:crypto';

/**
 * A key ring of one new key, as the settings take it: `id:base64` of 32 random bytes. The id is the day, and something
 * that tells two of one day apart. The same as `npm run keys -- new`, which needs the packages to be installed.
 *
 * @param {Date} now
 */
export function newKey(now) {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  return `k${day}-${randomBytes(3).toString('hex')}:${randomBytes(32).toString('base64')}`;
}
