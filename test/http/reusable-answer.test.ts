import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpResponse } from '@azure/functions';
import { reusableAnswer } from '../../src/http/reusable-answer.ts';

const textOf = async (answer: { arrayBuffer: () => Promise<ArrayBuffer> }) =>
  Buffer.from(await answer.arrayBuffer()).toString();

describe('an answer for many calls', () => {
  const answer = reusableAnswer({ 'Content-Type': 'text/plain' }, 'for everybody: ü');

  it('is a 200 with the headers that it was given, and no others', () => {
    assert.equal(answer.status, 200);
    assert.deepEqual([...answer.headers], [['content-type', 'text/plain']]);
    assert.deepEqual(answer.cookies, []);
  });

  it('has its whole body for each of them', async () => {
    const bodies = await Promise.all(Array.from({ length: 3 }, () => textOf(answer)));
    assert.deepEqual(
      [...bodies, await textOf(answer)],
      Array.from({ length: 4 }, () => 'for everybody: ü'),
    );
  });

  it('has it as a stream for each of them, too', async () => {
    for (let times = 0; times < 2; times += 1) assert.equal(await new Response(answer.body).text(), 'for everybody: ü');
  });

  it('is taken for a plain one by another copy of the library, as often as it likes', async () => {
    for (let times = 0; times < 2; times += 1) {
      const own = new HttpResponse(answer);
      assert.equal(await textOf(own), 'for everybody: ü');
      assert.deepEqual([...own.headers], [...answer.headers]);
    }
  });
});
