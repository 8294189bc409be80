import { randomBytes } from 'node:crypto';
import { askAz, callAz } from './commands.js';

const API_VERSION = '2024-11-01';

/** The secrets of the vault that a deployment makes, and never replaces: another key cannot decrypt the stored row. */
const NAMES = ['TOKEN-ENCRYPTION-KEYS', 'CALLER-JWT-KEYS'];

/**
 * Adds the keys that the vault does not have, through the control plane (ARM), which reaches a private vault, too. A new key
 * exists in this process and in the vault only: it goes to `az` on its standard input.
 *
 * @param {string} vaultId the ARM id of the vault
 * @returns {string[]} the names of the added secrets
 * @throws {Error} if the vault cannot be read or written
 */
export function addMissingKeys(vaultId) {
  const listed = askAz(['rest', '--method', 'get', '--url', `${vaultId}/secrets?api-version=${API_VERSION}`]);
  if (!listed.ok) throw new Error(listed.why);
  if (!Array.isArray(listed.value?.value)) throw new Error('az did not print the list of secrets');
  const present = new Set(listed.value.value.map((secret) => secret?.name));
  const missing = NAMES.filter((name) => !present.has(name));
  for (const name of missing) {
    const url = `${vaultId}/secrets/${name}?api-version=${API_VERSION}`;
    const body = JSON.stringify({ properties: { value: newKey(new Date()) } });
    callAz(['rest', '--method', 'put', '--url', url, '--body', '@-'], body);
  }
  return missing;
}

/**
 * A key ring with one new key, in the form of the settings: `id:base64` of 32 random bytes. The id is the date and a suffix
 * that distinguishes two keys of one day. `npm run keys -- new` does the same, but needs the installed packages.
 *
 * @param {Date} now
 */
function newKey(now) {
  const day = now.toISOString().slice(0, 10).replaceAll('-', '');
  return `k${day}-${randomBytes(3).toString('hex')}:${randomBytes(32).toString('base64')}`;
}
