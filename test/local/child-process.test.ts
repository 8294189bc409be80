import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { startProcess } from '../../src/local/child-process.ts';

describe('a process of our own', () => {
  it('gets each argument as one, through a shell, too, and Node warns of nothing', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const { process: child, exited } = await startProcess('node', ['-p', 'process.argv.length', 'a b', 'c'], {
      shell: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(child.stdout);
    assert.equal((await text(child.stdout)).trim(), '3');
    assert.equal(await exited, 0);
    process.off('warning', note);
    assert.deepEqual(warnings, []);
  });

  it('is told apart from a program that is not there', async () => {
    await assert.rejects(startProcess('no-such-program', [], {}), /^Error: no-such-program cannot be started: /);
  });
});
