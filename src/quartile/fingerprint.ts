import { createHmac } from 'node:crypto';
import type { KeyRing } from '../settings/key-ring.ts';
import type { QuartileSettings } from '../settings/settings.ts';

/** The names of one set of credentials, one under each key of a ring, the first key's first. */
export type Fingerprints = readonly [string, ...string[]];

/** Tells these HMACs apart from whatever else a key may be used for. */
const PURPOSE = 'quartile-token-keeper credentials fingerprint v1';

/**
 * Names a set of credentials without telling them: the same for the same base URL, subscription key, username and
 * password. An HMAC under an encryption key, so that who reads it in the table cannot try passwords against it; under
 * each key of the ring, so that credentials keep a name that is known while the ring is rolled over.
 */
export function fingerprintCredentials(credentials: QuartileSettings, [first, ...others]: KeyRing): Fingerprints {
  const { baseUrl, subscriptionKey, username, password } = credentials;
  const text = JSON.stringify([PURPOSE, baseUrl, subscriptionKey, username, password]);
  const nameUnder = ({ key }: { readonly key: Uint8Array }) => createHmac('sha256', key).update(text).digest('hex');
  return [nameUnder(first), ...others.map(nameUnder)];
}
