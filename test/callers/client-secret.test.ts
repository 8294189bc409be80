import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { createSecret, DECOY_HASH, hashSecret, matchesSecret } from '../../src/callers/client-secret.ts';

describe("a caller's secret", () => {
  it('is 32 random bytes, another one each time', () => {
    const [one, other] = [createSecret(), createSecret()];
    assert.match(one, /^[\w-]{43}$/);
    assert.notEqual(one, other);
  });

  it('matches what is kept of it, and nothing else does', async () => {
    const secret = createSecret();
    const kept = await hashSecret(secret);
    assert.equal(await matchesSecret(secret, kept), true);
    for (const wrong of [createSecret(), '', `${secret} `, secret.slice(1), kept]) {
      assert.equal(await matchesSecret(wrong, kept), false);
    }
  });

  it('cannot be read from what is kept, which says how it was made', async () => {
    const secret = createSecret();
    const [one, other] = await Promise.all([hashSecret(secret), hashSecret(secret)]);
    assert.match(one, /^scrypt:16384:8:1:[\w-]{22}:[\w-]{43}$/);
    assert.ok(!one.includes(secret));
    assert.notEqual(one, other, 'each has a salt of its own');
  });

  it('still matches a hash that was made at another cost', async () => {
    // By another implementation: Python's hashlib.
    const cheap = 'scrypt:2:1:1:AAAAAAAAAAAAAAAAAAAAAA:86qaky9PSphI_31a44Z_pomwazvQBKX8h1cPFscUSVo';
    assert.equal(await matchesSecret('a secret', cheap), true);
    assert.equal(await matchesSecret('another', cheap), false);
  });

  it('matches no hash that is damaged', async () => {
    const kept = await hashSecret('a secret');
    const odd = kept.replace(':16384:', ':16383:');
    for (const damaged of ['', odd, 'scrypt', kept.slice(0, -30), kept.replace('scrypt', 'md5'), `${kept}:1`]) {
      assert.equal(await matchesSecret('a secret', damaged), false, damaged);
    }
  });

  it('matches no hash that costs more than an instance can spare', async () => {
    const [N, r, p, salt] = [2 ** 16, 2, 1, Buffer.alloc(16)];
    const hash = scryptSync('a secret', salt, 32, { N, r, p, maxmem: 2 ** 27 });
    const dear = ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join(':');
    assert.equal(await matchesSecret('a secret', dear), false);
  });

  it('is compared with a decoy of the same cost where there is no caller, which matches nothing', async () => {
    const shape = (hash: string) => hash.replaceAll(/[\w-]{22,}/g, (text) => String(text.length));
    assert.equal(shape(DECOY_HASH), shape(await hashSecret('a secret')));
    for (const guess of ['', 'a secret', DECOY_HASH]) assert.equal(await matchesSecret(guess, DECOY_HASH), false);
  });
});
