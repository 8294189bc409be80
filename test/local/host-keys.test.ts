import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createKey, judgeKey, readPresentedKey } from '../../src/local/host/keys.ts';

const keys = { functionKey: 'f', masterKey: 'm' };

describe('access keys', () => {
  test('open what their level allows', () => {
    assert.equal(judgeKey('anonymous', undefined, keys), 'allowed');
    assert.equal(judgeKey('function', 'f', keys), 'allowed');
    assert.equal(judgeKey('function', 'm', keys), 'allowed');
    assert.equal(judgeKey('admin', 'f', keys), 403);
    assert.equal(judgeKey('admin', 'm', keys), 'allowed');
    for (const wrong of [undefined, '', 'x']) {
      assert.equal(judgeKey('function', wrong, keys), 401);
      assert.equal(judgeKey('admin', wrong, keys), 401);
    }
  });

  test('come in the header, or else in the query', () => {
    assert.equal(readPresentedKey(['h', 'x'], '?code=q'), 'h');
    assert.equal(readPresentedKey(undefined, '?a=1&Code=q%3D'), 'q=');
    assert.equal(readPresentedKey(undefined, ''), undefined);
  });

  test('that are created have 32 random bytes', () => {
    assert.equal(Buffer.from(createKey(), 'base64url').length, 32);
    assert.notEqual(createKey(), createKey());
  });
});
