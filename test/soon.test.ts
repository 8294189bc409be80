import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whenThere } from '../src/soon.ts';

const double = (value: number) => 2 * value;
const fail = () => {
  throw new Error('next failed');
};

describe('what goes on with a value', () => {
  it('goes on at once where it is there', () => {
    assert.equal(whenThere(1, double), 2);
    assert.throws(() => whenThere(1, fail), /next failed/);
  });

  it('waits for a promise', async () => {
    assert.equal(await whenThere(Promise.resolve(1), double), 2);
    await assert.rejects(async () => whenThere(Promise.resolve(1), fail), /next failed/);
  });

  it('does not go on where there will be no value', async () => {
    const refused = Promise.reject<number>(new Error('no value'));
    await assert.rejects(async () => whenThere(refused, double), /no value/);
  });
});
