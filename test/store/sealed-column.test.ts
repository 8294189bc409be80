import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { open, seal, type SealContext, sealedUnder } from '../../src/store/sealed-column.ts';
import { keyRing } from '../fixtures.ts';

const context: SealContext = { account: 'default', generation: 7, column: 'tokens' };
const ring = keyRing('new', 'old');

describe('a sealed column', () => {
  it('is decrypted to what was sealed, whatever that was', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(text, (secret) =>
        assert.deepEqual(open(seal(secret, context, ring), context, ring), { ok: true, value: secret }),
      ),
    );
  });

  it('has another ciphertext each time, and shows only the id of its key', () => {
    const [one, other] = [seal('secret', context, ring), seal('secret', context, ring)];
    assert.notEqual(one, other);
    assert.match(one, /^v1\.new\.[A-Za-z0-9+/=]+$/);
    assert.deepEqual(
      [sealedUnder(one), sealedUnder('secret'), sealedUnder('v2.new.AAAA')],
      ['new', undefined, undefined],
    );
  });

  it('is decrypted with any key of the ring, and not with another key of the same id', () => {
    const old = seal('secret', context, keyRing('old'));
    assert.ok(open(old, context, ring).ok);
    assert.deepEqual(open(old, context, keyRing('new')), { ok: false, error: 'unknown_key' });
    const [{ key }] = keyRing('other');
    assert.deepEqual(open(old, context, [{ id: 'old', key }]), { ok: false, error: 'not_authentic' });
  });

  it('cannot be moved to another account, generation, column or key id', () => {
    const sealed = seal('secret', context, ring);
    const elsewhere: Partial<SealContext>[] = [{ account: 'other' }, { generation: 8 }, { column: 'jsonData' }];
    for (const other of elsewhere) {
      assert.deepEqual(open(sealed, { ...context, ...other }, ring), { ok: false, error: 'not_authentic' });
    }
    const [{ key }] = ring;
    assert.equal(open(sealed.replace('new', 'renamed'), context, [{ id: 'renamed', key }]).ok, false);
  });

  it('is not decrypted if one bit of it was changed', () => {
    const sealed = seal('a secret of some length', context, ring);
    const [format, id, base64 = ''] = sealed.split('.');
    const bytes = Buffer.from(base64, 'base64');
    fc.assert(
      fc.property(fc.nat({ max: bytes.length * 8 - 1 }), (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const column = `${format}.${id}.${changed.toString('base64')}`;
        assert.deepEqual(open(column, context, ring), { ok: false, error: 'not_authentic' });
      }),
    );
  });

  it('never makes `open` throw, whatever it holds', () => {
    const part = fc.oneof(fc.constant('v1'), fc.constant('new'), fc.base64String(), fc.string());
    fc.assert(fc.property(fc.array(part), (parts) => assert.equal(open(parts.join('.'), context, ring).ok, false)));
  });
});
