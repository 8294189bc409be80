import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createKeySetting, readKeyRing, shareKey } from '../../src/settings/key-ring.ts';
import { keyRing, keySetting, NOW_MS } from '../fixtures.ts';

const example = JSON.parse(readFileSync(new URL('../../local.settings.json.example', import.meta.url), 'utf8'));
const localKey = String(example.Values.TOKEN_ENCRYPTION_KEYS);

function read(text: string, inAzure = false) {
  return readKeyRing(text, { inAzure });
}

describe('a key ring', () => {
  it('has its keys in the order of the setting, and ignores blanks around commas', () => {
    const reading = read(` ${keySetting('new')} ,\n${keySetting('old')}`);
    assert.ok(reading.ok);
    assert.deepEqual(reading.value, keyRing('new', 'old'));
    assert.deepEqual(
      reading.value.map(({ id, key }) => [id, key.length]),
      [
        ['new', 32],
        ['old', 32],
      ],
    );
  });

  const [, base64 = ''] = keySetting('x').split(':');
  const wrong: [what: string, text: string, problem: RegExp][] = [
    ['nothing', '', /see key 1/],
    ['no id', base64, /see key 1/],
    ['an empty id', `:${base64}`, /see key 1/],
    ['an id with a dot', `a.b:${base64}`, /see key 1/],
    ['no key', 'a:', /see key 1/],
    ['a key of 31 bytes', `a:${Buffer.alloc(31).toString('base64')}`, /32 bytes/],
    ['a key of 33 bytes', `a:${Buffer.alloc(33).toString('base64')}`, /32 bytes/],
    ['a key in hex', `a:${Buffer.alloc(32).toString('hex')}`, /see key 1/],
    ['base64 with stray bits', `a:${'A'.repeat(42)}B=`, /see key 1/],
    ['a trailing comma', `${keySetting('a')},`, /see key 2/],
    ['a second colon', `a:b:${base64}`, /see key 1/],
    ['two keys with one id', `${keySetting('a')},${keySetting('a')}`, /same id: see key 2/],
  ];
  for (const [what, text, problem] of wrong) {
    it(`is rejected with ${what}, without quoting the value`, () => {
      const reading = read(text);
      assert.ok(!reading.ok);
      assert.match(reading.error, problem);
      if (text.length > 20) assert.ok(!reading.error.includes(text.slice(-20)));
    });
  }

  it('never throws, and quotes nothing of the text', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), (text) => {
        const reading = read(text);
        assert.ok(reading.ok || !reading.error.includes(text));
      }),
    );
  });

  it('may have the key of local.settings.json.example, but not in Azure, under any id', () => {
    assert.ok(read(localKey).ok);
    const [, bytes = ''] = localKey.split(':');
    for (const text of [localKey, `${keySetting('own')},renamed:${bytes}`]) {
      const reading = read(text, true);
      assert.ok(!reading.ok);
      assert.match(reading.error, /for local use only/);
    }
    assert.ok(read(keySetting('own'), true).ok);
  });

  it('shares a key with another ring if the bytes are the same, whatever the ids', () => {
    const [, bytes = ''] = keySetting('a').split(':');
    const renamed = read(`b:${bytes}`);
    assert.ok(renamed.ok);
    assert.ok(shareKey(keyRing('z', 'a'), renamed.value));
    assert.ok(!shareKey(keyRing('a', 'b'), keyRing('c', 'd')));
  });
});

describe('a new key', () => {
  it('is a ring by itself, is unique, and joins another ring', () => {
    const [one, other] = [createKeySetting(NOW_MS), createKeySetting(NOW_MS)];
    assert.match(one, /^k20260115-[0-9a-f]{6}:/);
    assert.notEqual(one, other);
    const reading = read(`${one},${other}`, true);
    assert.ok(reading.ok);
    assert.ok(!shareKey([reading.value[0]], keyRing('a')));
  });
});
