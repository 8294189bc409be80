import { createHmac } from 'node:crypto';
import type { KeyRing } from '../settings/key-ring.ts';
import type { QuartileSettings } from '../settings/settings.ts';

/** The fingerprints of one set of credentials: one under each key of a ring, in the ring's order. */
export type Fingerprints = readonly [string, ...string[]];

/** Separates these HMACs from other uses of the same key. */
const PURPOSE = 'quartile-token-keeper credentials fingerprint v1';

/**
 * Identifies a set of credentials without revealing it: base URL, subscription key, username and password have the same
 * fingerprint whenever they are the same. An HMAC under an encryption key, so that a reader of the table cannot test
 * passwords against it; under each key of the ring, so that a fingerprint in the row is recognized after a key rotation.
 */
export function fingerprintCredentials(credentials: QuartileSettings, [first, ...others]: KeyRing): Fingerprints {
  const { baseUrl, subscriptionKey, username, password } = credentials;
  const text = JSON.stringify([PURPOSE, baseUrl, subscriptionKey, username, password]);
  const hmacUnder = ({ key }: { readonly key: Uint8Array }) => createHmac('sha256', key).update(text).digest('hex');
  return [hmacUnder(first), ...others.map(hmacUnder)];
}
