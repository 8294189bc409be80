import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readBearer } from '../../src/callers/authenticate.ts';
import { err, ok } from '../../src/result.ts';
import { growthOf } from '../growth.ts';

const manyBlanks = (length: number) => ' \t'.repeat(length / 2);
const token68 = fc.stringMatching(/^[A-Za-z0-9\-._~+/]{1,60}={0,2}$/);

describe('a bearer token', () => {
  it('is read in any case of its scheme, with any number of blanks around it', () => {
    const scheme = fc.mixedCase(fc.constant('bearer'));
    const blanks = fc.stringMatching(/^ {1,3}$/);
    fc.assert(
      fc.property(scheme, blanks, token68, (name, blank, token) => {
        assert.deepEqual(readBearer(`${blank}${name}${blank}${token}${blank}`), ok(token));
      }),
    );
  });

  it('is missing without a header, or with another scheme', () => {
    for (const header of [null, '', ' ', 'Basic dXNlcjpwYXNz', 'Bearertoken', 'Bearer,token', 'token']) {
      assert.deepEqual(readBearer(header), err('authentication_required'), String(header));
    }
  });

  it('is invalid unless it is exactly one token', () => {
    const headers = ['Bearer', 'bearer ', 'Bearer a b', 'Bearer a,b', 'Bearer a, Bearer b', 'Bearer =', 'Bearer "a"'];
    for (const header of [...headers, 'Bearer a=b', 'Bearer\ta', 'Bearer ä', 'Bearer a\nb', 'Bearer a\n']) {
      assert.deepEqual(readBearer(header), err('invalid_token'), header);
    }
  });

  it('is read in time linear in the header, with any number of blanks', () => {
    const invalid = readBearer('Bearer');
    assert.deepEqual(invalid, err('invalid_token'));
    const headers: [header: (length: number) => string, expected: () => ReturnType<typeof readBearer>][] = [
      [(length) => `Bearer a${manyBlanks(length)}b`, () => invalid],
      [(length) => `Bearer ${manyBlanks(length)}b`, () => invalid],
      [(length) => `Bearer${' '.repeat(length)}=`, () => invalid],
      [(length) => `Bearer ${'a'.repeat(length)} b`, () => invalid],
      [(length) => `Bearer ${'='.repeat(length)}`, () => invalid],
      [(length) => `${manyBlanks(length)}b${manyBlanks(length)}b`, () => err('authentication_required')],
      [(length) => `Bearer a${manyBlanks(length)}`, () => ok('a')],
    ];
    for (const [header, expected] of headers) {
      const judge = (length: number) => {
        const text = header(length);
        const read = expected();
        return () => assert.deepEqual(readBearer(text), read);
      };
      // Linear: 10 times. Quadratic: 100 times.
      assert.ok(growthOf(judge(4_000), judge(40_000)) < 30, header(10));
    }
  });

  it('is a part of the header, and is invalid with a second one', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `Bearer ${text}`),
        ),
        (header) => {
          const read = readBearer(header);
          assert.ok(!read.ok || header.includes(read.value));
        },
      ),
    );
    fc.assert(
      fc.property(token68, token68, fc.constantFrom(',', ', ', ' ', ', Bearer '), (one, other, between) => {
        assert.deepEqual(readBearer(`Bearer ${one}${between}${other}`), err('invalid_token'));
      }),
    );
  });
});
