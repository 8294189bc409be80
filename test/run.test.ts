import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findAll, findNamed } from './test-files.ts';

const main = fileURLToPath(new URL('run.ts', import.meta.url));

/** Without the environment of this test: Node runs no tests within tests. */
function run(...args: string[]) {
  const env = { PATH: process.env.PATH };
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env });
}

describe('npm test', () => {
  it('runs the tests of a file', () => {
    const { status, stdout, stderr } = run('settings/key-ring');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /ℹ fail 0\n/);
  });

  it('refuses a name that no test file has', () => {
    const { status, stderr } = run('no-such-test');
    assert.deepEqual([status, stderr.split('. ')[0]], [1, 'No test file has no-such-test in its name']);
  });
});

describe('the test files', () => {
  it('are found by part of a name, by folder, or by a path as a shell completes it', () => {
    for (const name of ['key-ring', 'settings/key-ring', 'test/settings/key-ring.test.ts']) {
      assert.deepEqual(findNamed(name), ['settings/key-ring.test.ts']);
    }
    assert.ok(findNamed('settings').includes('settings/key-ring.test.ts'));
  });

  it('are below test/', () => {
    for (const name of ['', '.', '..', 'test/..', '../src', '/']) {
      assert.throws(() => findNamed(name), { message: `A test is a name or a path below test/, not "${name}".` });
    }
  });

  it('are of one kind in a whole run: short ones, or those that npm run check adds', () => {
    for (const [kind, other] of [
      ['test', 'check'],
      ['check', 'test'],
    ] as const) {
      const files = findAll(kind);
      assert.ok(files.length > 0 && files.every((file) => file.endsWith(`.${kind}.ts`)));
      assert.ok(!files.some((file) => file.includes(`.${other}.`)));
    }
    assert.ok(!findAll('check').some((file) => file.startsWith('infra/')));
  });
});
