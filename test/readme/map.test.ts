import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const mapped = Array.from(
  read('CONTRIBUTING.md').matchAll(/^\| `((?:src|test|infra|\.)[^` ]*)` \|/gm),
  ([, name = '']) => name,
);

/** Folders, with slashes as in the map. */
function foldersIn(pattern: string): string[] {
  const found = globSync(pattern, { cwd: root, withFileTypes: true }).filter((entry) => entry.isDirectory());
  return found.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
}

describe('the map in CONTRIBUTING.md', () => {
  it('names nothing that is not there', () => {
    assert.ok(mapped.length > 20);
    assert.deepEqual(
      mapped.filter((name) => !existsSync(path.join(root, name))),
      [],
    );
  });

  it('has every folder of src, and every folder of test that mirrors none of them', () => {
    const mirrors = (name: string) => existsSync(path.join(root, name.replace(/^test/, 'src')));
    const folders = [...foldersIn('src/*'), ...foldersIn('test/*').filter((name) => !mirrors(name))];
    assert.deepEqual(
      folders.filter((name) => !mapped.includes(name)),
      [],
    );
  });

  it('has every folder at the root that git keeps', (t) => {
    const { status, stdout } = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
    if (status !== 0) return t.skip('this is no checkout of git');
    const inFolders = stdout.split('\0').filter((file) => file.includes('/'));
    const folders = new Set(inFolders.map((file) => file.slice(0, file.indexOf('/'))));
    folders.delete('src'); // its folders are there one by one
    assert.deepEqual(
      [...folders].filter((name) => !mapped.includes(name)),
      [],
    );
  });
});
