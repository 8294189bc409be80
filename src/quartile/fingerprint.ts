import { createHmac } from 'node:crypto';
import type { QuartileSettings } from '../settings/settings.ts';

/**
 * Names a set of credentials without telling them: the same for the same base URL, subscription key, username and
 * password. Keyed with the subscription key, so that who reads it cannot try passwords against it.
 */
export function fingerprintCredentials({ baseUrl, subscriptionKey, username, password }: QuartileSettings): string {
  return createHmac('sha256', subscriptionKey)
    .update(JSON.stringify([baseUrl, username, password]))
    .digest('hex');
}
