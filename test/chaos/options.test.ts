import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOptions } from './options.ts';

describe('the options of the chaos runs', () => {
  it('are whole numbers', () => {
    const usual = { kills: 200, others: 50, realLeases: 4, seed: undefined };
    assert.deepEqual(parseOptions([]), { kind: 'run', options: usual });
    const args = ['--kills', '1', '--others', '0', '--real-leases', '2', '--seed', '0'];
    assert.deepEqual(parseOptions(args), { kind: 'run', options: { kills: 1, others: 0, realLeases: 2, seed: 0 } });
    for (const wrong of [['--kills', '-1'], ['--seed', 'x'], ['--fast']]) {
      assert.equal(parseOptions(wrong).kind, 'invalid');
    }
  });

  it('come to one run at least: none at all would pass', () => {
    assert.equal(parseOptions(['--kills', '0', '--others', '0', '--real-leases', '0']).kind, 'invalid');
  });
});
