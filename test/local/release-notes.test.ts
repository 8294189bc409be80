import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../src/local/release-notes.ts', import.meta.url));

const usual = `# Changelog

## Unreleased

- later

## [1.2.3] - 2026-01-15

### Added

- a thing

## 1.2.2 - 2026-01-01

- older

[1.2.3]: https://example.com/compare
`;

/** Runs `npm run release-notes -- TAG` in a project of that version. */
function releaseNotes(tag: string, version: string, changelog = usual) {
  const dir = mkdtempSync(path.join(tmpdir(), 'release-'));
  try {
    writeFileSync(path.join(dir, 'package.json'), JSON.stringify({ version }));
    writeFileSync(path.join(dir, 'CHANGELOG.md'), changelog);
    const { stdout, stderr, status } = spawnSync(process.execPath, [script, tag], { cwd: dir, encoding: 'utf8' });
    return { stdout, stderr, status };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

describe('the notes of a release', () => {
  it('are the section of its version', () => {
    const notes = '### Added\n\n- a thing\n';
    assert.deepEqual(releaseNotes('v1.2.3', '1.2.3'), { stdout: notes, stderr: '', status: 0 });
    assert.deepEqual(releaseNotes('v1.2.2', '1.2.2'), { stdout: '- older\n', stderr: '', status: 0 });
  });

  it('are refused if package.json has another version', () => {
    for (const tag of ['v1.2.2', '1.2.3', 'v1.2.3-rc.1', 'v1.2.30']) {
      const { stdout, stderr, status } = releaseNotes(tag, '1.2.3');
      assert.deepEqual([stdout, status], ['', 1], tag);
      assert.equal(stderr, `The tag ${tag} should be v1.2.3: package.json has this version.\n`);
    }
  });

  it('are refused if the changelog has no section for it, or an empty one', () => {
    const cases: [version: string, changelog?: string][] = [
      ['1.2'],
      ['1.2.30'],
      ['Unreleased-1'],
      ['1.0.0', '## 1.0.0\n\n## 0.9.0\n\n- x\n'],
    ];
    for (const [version, changelog] of cases) {
      const { stdout, stderr, status } = releaseNotes(`v${version}`, version, changelog);
      assert.deepEqual([stdout, status], ['', 1], version);
      assert.equal(stderr, `CHANGELOG.md has no section for ${version}, or an empty one.\n`);
    }
  });
});
