import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOptions } from './options.ts';

describe('the options of the chaos runs', () => {
  it('are whole numbers', () => {
    const usual = { kills: 200, others: 50, parallel: 5, seed: undefined };
    assert.deepEqual(parseOptions([]), { kind: 'run', options: usual });
    const args = ['--kills', '1', '--others', '0', '--parallel', '2', '--seed', '0'];
    assert.deepEqual(parseOptions(args), { kind: 'run', options: { kills: 1, others: 0, parallel: 2, seed: 0 } });
    for (const wrong of [['--kills', '-1'], ['--seed', 'x'], ['--fast'], ['--parallel', '0']]) {
      assert.equal(parseOptions(wrong).kind, 'invalid');
    }
  });

  it('are at least one run: none at all would pass', () => {
    assert.equal(parseOptions(['--kills', '0', '--others', '0']).kind, 'invalid');
  });
});
