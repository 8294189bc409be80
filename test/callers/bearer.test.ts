import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readBearer } from '../../src/callers/bearer.ts';

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
    const blanks = ' \t'.repeat(100_000);
    const startedAtMs = performance.now();
    for (const [header, result] of [
      [`Bearer a${blanks}b`, 'unreadable'],
      [`Bearer ${blanks}b`, 'unreadable'],
      [`Bearer${' '.repeat(200_000)}=`, 'unreadable'],
      [`Bearer ${'a'.repeat(200_000)} b`, 'unreadable'],
      [`Bearer ${'='.repeat(200_000)}`, 'unreadable'],
      [`${blanks}b${blanks}b`, 'missing'],
      [`Bearer a${blanks}`, 'token'],
    ] as const) {
      assert.equal(readBearer(header).result, result);
    }
    // Some milliseconds; more than half a minute where the work grows with the square.
    assert.ok(performance.now() - startedAtMs < 10_000);
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
