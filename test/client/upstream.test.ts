import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { toFormData } from 'axios';
import { isAboutSubscriptionKey, isRepeatable } from '../../src/client/upstream.ts';

/** As a class of a package or of a polyfill has it. */
const named = (name: string) => ({ [Symbol.toStringTag]: name });

describe('a body', () => {
  it('can be sent twice unless it is a stream', () => {
    const once = [
      new Blob(['x']).stream(),
      Readable.from(['x']),
      (async function* stream() {})(),
      toFormData({ a: 1 }), // a form of the package form-data
      named('Generator'),
    ];
    const twice = [
      undefined,
      null,
      'x',
      5,
      false,
      new Uint8Array(1),
      new DataView(new ArrayBuffer(1)),
      new ArrayBuffer(1),
      new URLSearchParams('a=b'),
      new FormData(),
      new Blob(['x']),
      new File(['x'], 'x'),
      ...['FormData', 'Blob', 'File', 'URLSearchParams'].map(named),
    ];
    assert.deepEqual(once.map(isRepeatable), Array(once.length).fill(false));
    assert.deepEqual(twice.map(isRepeatable), Array(twice.length).fill(true));
  });
});

describe('a 401', () => {
  it('is about the subscription key if the challenge or the message says so', () => {
    const message = 'Access denied due to missing Subscription  Key.';
    for (const [challenge, body, expected] of [
      ['AzureApiManagementKey realm="x"', undefined, true],
      ['Bearer', undefined, false],
      [undefined, { message }, true],
      [undefined, JSON.stringify({ message }), true],
      [undefined, message, false],
      [undefined, { message: 'Token expired' }, false],
      [undefined, undefined, false],
    ] as const) {
      assert.equal(isAboutSubscriptionKey(challenge, body), expected, JSON.stringify([challenge, body]));
    }
  });
});
