import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type Bearer, readBearer } from '../../src/callers/bearer.ts';
import { growthOf } from '../growth.ts';

const manyBlanks = (length: number) => ' \t'.repeat(length / 2);
const token68 = fc.stringMatching(/^[A-Za-z0-9\-._~+/]{1,60}={0,2}$/);

describe('a bearer token', () => {
  it('is read whatever the case of its scheme, and however many blanks stand around it', () => {
    const scheme = fc.mixedCase(fc.constant('bearer'));
    const blanks = fc.stringMatching(/^ {1,3}$/);
    fc.assert(
      fc.property(scheme, blanks, token68, (name, blank, token) => {
        assert.deepEqual(readBearer(`${blank}${name}${blank}${token}${blank}`), { result: 'token', token });
      }),
    );
  });

  it('is missing where there is no header, or one of another scheme', () => {
    for (const header of [null, '', ' ', 'Basic dXNlcjpwYXNz', 'Bearertoken', 'Bearer,token', 'token']) {
      assert.deepEqual(readBearer(header), { result: 'missing' }, String(header));
    }
  });

  it('is unreadable where it is not exactly one token', () => {
    const headers = ['Bearer', 'bearer ', 'Bearer a b', 'Bearer a,b', 'Bearer a, Bearer b', 'Bearer =', 'Bearer "a"'];
    for (const header of [...headers, 'Bearer a=b', 'Bearer\ta', 'Bearer ä', 'Bearer a\nb', 'Bearer a\n']) {
      assert.deepEqual(readBearer(header), { result: 'unreadable' }, header);
    }
  });

  it('is judged in time that grows as the header does, however many blanks stand in it', () => {
    const headers: [header: (length: number) => string, result: Bearer['result']][] = [
      [(length) => `Bearer a${manyBlanks(length)}b`, 'unreadable'],
      [(length) => `Bearer ${manyBlanks(length)}b`, 'unreadable'],
      [(length) => `Bearer${' '.repeat(length)}=`, 'unreadable'],
      [(length) => `Bearer ${'a'.repeat(length)} b`, 'unreadable'],
      [(length) => `Bearer ${'='.repeat(length)}`, 'unreadable'],
      [(length) => `${manyBlanks(length)}b${manyBlanks(length)}b`, 'missing'],
      [(length) => `Bearer a${manyBlanks(length)}`, 'token'],
    ];
    for (const [header, result] of headers) {
      const judge = (length: number) => {
        const text = header(length);
        return () => assert.equal(readBearer(text).result, result);
      };
      // 10 times, where it is as it should be; 100 times where it grows with the square.
      assert.ok(growthOf(judge(4_000), judge(40_000)) < 30, header(10));
    }
  });

  it('is never made up: what is read stands in the header, and a second one is not read', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `Bearer ${text}`),
        ),
        (header) => {
          const read = readBearer(header);
          assert.ok(read.result !== 'token' || header.includes(read.token));
        },
      ),
    );
    fc.assert(
      fc.property(token68, token68, fc.constantFrom(',', ', ', ' ', ', Bearer '), (one, other, between) => {
        assert.equal(readBearer(`Bearer ${one}${between}${other}`).result, 'unreadable');
      }),
    );
  });
});
