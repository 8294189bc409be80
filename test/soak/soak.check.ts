import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseOptions } from './options.ts';
import { judgeSoak, runSoak } from './soak.ts';

describe('clients of a service with changing tokens', { timeout: 120_000 }, () => {
  it('get an answer to every call', async () => {
    const soak = await runSoak({ clients: 10, rotations: 5 }, () => undefined);
    assert.deepEqual(judgeSoak(soak), []);
    assert.ok(soak.rotations >= 5 && soak.refused > 0 && soak.sent >= soak.calls + soak.refused);
    assert.ok(soak.rounds.some(({ isKill }) => isKill) && soak.rounds.some(({ fault }) => fault !== '-'));
  });
});

describe('the options of the soak', () => {
  it('are whole numbers', () => {
    assert.deepEqual(parseOptions([]), { kind: 'run', options: { clients: 50, rotations: 60 } });
    const options = { clients: 3, rotations: 4 };
    assert.deepEqual(parseOptions(['--clients', '3', '--rotations', '4']), { kind: 'run', options });
    assert.deepEqual(parseOptions(['--help']), { kind: 'help' });
    for (const args of [['--clients', '0'], ['--rotations', 'x'], ['--fast']]) {
      assert.equal(parseOptions(args).kind, 'invalid');
    }
  });
});
