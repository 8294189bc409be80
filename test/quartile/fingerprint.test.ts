import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprintCredentials } from '../../src/quartile/fingerprint.ts';
import { keyRing } from '../fixtures.ts';

const credentials = {
  baseUrl: 'https://api.example/auth/v2',
  subscriptionKey: 'key',
  username: 'someone',
  password: 'secret',
  timeoutMs: 1,
};

describe('the fingerprints of credentials', () => {
  it('are one under each key, the first key first, and tell nothing of the credentials', () => {
    const [first, second, ...more] = fingerprintCredentials(credentials, keyRing('new', 'old'));
    assert.deepEqual([first], fingerprintCredentials(credentials, keyRing('new')));
    assert.deepEqual([second], fingerprintCredentials(credentials, keyRing('old')));
    assert.deepEqual(more, []);
    assert.match(`${first}${second}`, /^[0-9a-f]{128}$/);
    assert.notEqual(first, second);
  });

  it('are others for any other credentials', () => {
    const ring = keyRing('new');
    const all = [
      credentials,
      { ...credentials, baseUrl: 'https://other.example/auth/v2' },
      { ...credentials, subscriptionKey: 'other' },
      { ...credentials, username: 'someone-else' },
      { ...credentials, password: 'other' },
    ].flatMap((changed) => fingerprintCredentials(changed, ring));
    assert.equal(new Set(all).size, all.length);
    assert.deepEqual(fingerprintCredentials({ ...credentials, timeoutMs: 2 }, ring), [all[0]]);
  });
});
