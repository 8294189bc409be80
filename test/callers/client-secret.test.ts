import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSecret, hashSecret, isCurrentHash, matchesSecret } from '../../src/callers/client-secret.ts';

describe("a caller's secret", () => {
  it('is 32 random bytes, new each time', () => {
    const [one, other] = [createSecret(), createSecret()];
    assert.match(one, /^[\w-]{43}$/);
    assert.notEqual(one, other);
  });

  it('matches its own hash, and nothing else does', () => {
    const secret = createSecret();
    const hash = hashSecret(secret);
    assert.equal(matchesSecret(secret, hash), true);
    for (const wrong of [createSecret(), '', secret.slice(1), hash]) assert.equal(matchesSecret(wrong, hash), false);
  });

  it('is accepted only in exactly the form that is generated', () => {
    const secret = createSecret();
    for (const text of [`${secret}\0`, `${secret}\n`, ` ${secret}`, `${secret}=`, 'a secret', 'ü'.repeat(43), '']) {
      assert.equal(matchesSecret(text, hashSecret(text)), false, JSON.stringify(text));
      assert.equal(matchesSecret(text, hashSecret(secret)), false, JSON.stringify(text));
    }
  });

  it('is stored as its SHA-256', () => {
    // By another implementation: Python's hashlib.
    const hash = 'sha256:DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo';
    assert.equal(hashSecret('A'.repeat(43)), hash);
    assert.equal(matchesSecret('A'.repeat(43), hash), true);
  });

  it('matches no damaged or old hash, and nothing if there is no caller', () => {
    const secret = createSecret();
    const hash = hashSecret(secret);
    const old = `scrypt:16384:8:1:${'A'.repeat(22)}:${'A'.repeat(43)}`;
    for (const odd of ['', 'sha256', hash.slice(0, -1), `${hash}A`, `${hash}\n`, hash.replace('sha256', 'md5'), old]) {
      assert.equal(matchesSecret(secret, odd), false, odd);
      assert.equal(isCurrentHash(odd), false, odd);
    }
    assert.equal(isCurrentHash(hash), true);
    for (const guess of [secret, '', createSecret()]) assert.equal(matchesSecret(guess, undefined), false);
  });
});
