import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('run.ts', import.meta.url));

/** Without the environment of this very test: Node runs no tests within tests. */
function run(...args: string[]) {
  const env = { PATH: process.env.PATH };
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env });
}

describe('npm test', () => {
  it('runs the tests of a file by its name, with its folder, or as a shell completes it', () => {
    for (const name of ['notes', 'local/release-notes', 'test/local/release-notes.test.ts']) {
      const { status, stdout, stderr } = run(name);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /ℹ suites [12]\n/);
    }
  });

  it('refuses names that no test has, or that lie outside', () => {
    for (const name of ['', '.', '..', 'test/..', '../src', '/']) {
      const { status, stderr } = run(name);
      assert.deepEqual(
        [status, stderr],
        [1, `A name is one below test/, and not "${name}". See \`npm test -- --help\`.\n`],
      );
    }
    assert.match(run('nobody-is-called-so').stderr, /No test file is called nobody-is-called-so\./);
  });
});
