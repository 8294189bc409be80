import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpRequest } from '@azure/functions';
import { readJsonBody } from '../../src/http/json-body.ts';

const LONGEST = 100;

/** A body that never ends, in bits. Tells how many were taken, and whether the rest was called off. */
function endless(headers: Record<string, string> = {}) {
  const seen = { bits: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        seen.bits += 1;
        controller.enqueue(Buffer.from('          '));
      },
      cancel: () => void (seen.isCancelled = true),
    },
    { highWaterMark: 0 },
  );
  return { seen, request: { headers: new Headers(headers), body } };
}

function inBits(bytes: Uint8Array) {
  return { headers: new Headers(), body: ReadableStream.from(Array.from(bytes, (byte) => Uint8Array.of(byte))) };
}

describe('a body', { timeout: 20_000 }, () => {
  it('is not read if its Content-Length is too long', async () => {
    const { seen, request } = endless({ 'content-length': '1000' });
    assert.equal(await readJsonBody(request, LONGEST), undefined);
    assert.equal(seen.bits, 0);
  });

  it('is read no further than the limit, whatever its Content-Length', async () => {
    for (const headers of [{}, { 'content-length': '7' }, { 'content-length': 'x' }]) {
      const { seen, request } = endless(headers);
      assert.equal(await readJsonBody(request, LONGEST), undefined);
      assert.ok(seen.bits * 10 <= (LONGEST + 1) * 3 + 10, `${seen.bits}`); // characters of up to 3 bytes
      assert.equal(seen.isCancelled, true);
    }
  });

  it('may be as long as the limit, for characters of any size', async () => {
    for (const letter of ['x', 'ü', '€', '\u{1f600}']) {
      const longest = letter.repeat((LONGEST - 2) / letter.length);
      const read = (text: string) => readJsonBody(inBits(Buffer.from(JSON.stringify(text))), LONGEST);
      assert.equal(await read(longest), longest);
      assert.equal(await read(`${longest}${letter}`), undefined);
    }
    const marked = `\ufeff${JSON.stringify('€'.repeat(LONGEST - 2))}`;
    assert.equal(await readJsonBody(inBits(Buffer.from(marked)), LONGEST), '€'.repeat(LONGEST - 2));
  });

  it('is read from a request of the Functions library, with and without a body', async () => {
    const request = (body?: string) =>
      new HttpRequest({
        method: 'POST',
        url: 'http://localhost/',
        ...(body === undefined ? {} : { body: { string: body } }),
      });
    assert.deepEqual(await readJsonBody(request('{"a":1}'), LONGEST), { a: 1 });
    assert.equal(await readJsonBody(request(' '.repeat(1_000)), LONGEST), undefined);
    assert.equal(await readJsonBody(request(), LONGEST), undefined);
  });
});
