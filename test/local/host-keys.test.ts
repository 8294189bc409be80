import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createKey, digestKeys, identifyHolder, judgeAccess, readPresentedKey } from '../../src/local/host/keys.ts';

const keys = digestKeys({ functionKey: 'f', masterKey: 'm' });

describe('access keys', () => {
  test('are told apart', () => {
    assert.equal(identifyHolder(keys, 'f'), 'function');
    assert.equal(identifyHolder(keys, 'm'), 'master');
    assert.equal(identifyHolder(keys, 'x'), 'nobody');
    assert.equal(identifyHolder(keys, ''), 'nobody');
    assert.equal(identifyHolder(keys, undefined), 'nobody');
  });

  test('open what their level allows', () => {
    assert.equal(judgeAccess('anonymous', 'nobody'), 'allowed');
    assert.equal(judgeAccess('function', 'nobody'), 401);
    assert.equal(judgeAccess('function', 'function'), 'allowed');
    assert.equal(judgeAccess('function', 'master'), 'allowed');
    assert.equal(judgeAccess('admin', 'nobody'), 401);
    assert.equal(judgeAccess('admin', 'function'), 403);
    assert.equal(judgeAccess('admin', 'master'), 'allowed');
  });

  test('come in the header, or else in the query', () => {
    assert.equal(readPresentedKey({ 'x-functions-key': ['h', 'x'] }, '?code=q'), 'h');
    assert.equal(readPresentedKey({}, '?a=1&Code=q%3D'), 'q=');
    assert.equal(readPresentedKey({}, ''), undefined);
  });

  test('made at start have 32 random bytes', () => {
    assert.equal(Buffer.from(createKey(), 'base64url').length, 32);
    assert.notEqual(createKey(), createKey());
  });
});
