import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readNotes } from '../../src/local/release/notes.ts';

const changelog = `# Changelog

## Unreleased

- later

## [1.2.3] - 2026-01-15

### Added

- a thing

## 1.2.2 - 2026-01-01

- older

[1.2.3]: https://example.com/compare
`;

describe('the notes of a release', () => {
  it('are the section of its version', () => {
    const notes = '### Added\n\n- a thing';
    assert.deepEqual(readNotes('v1.2.3', { version: '1.2.3', changelog }), { ok: true, notes });
    assert.deepEqual(readNotes('v1.2.2', { version: '1.2.2', changelog }), { ok: true, notes: '- older' });
  });

  it('are refused for another version than that of package.json', () => {
    for (const tag of ['v1.2.2', '1.2.3', 'v1.2.3-rc.1', 'v1.2.30']) {
      assert.equal(readNotes(tag, { version: '1.2.3', changelog }).ok, false, tag);
    }
  });

  it('are refused where the changelog says nothing of it', () => {
    for (const version of ['1.2', '1.2.30', '9.9.9', 'Unreleased-1']) {
      assert.equal(readNotes(`v${version}`, { version, changelog }).ok, false, version);
    }
    assert.equal(readNotes('v1.0.0', { version: '1.0.0', changelog: '## 1.0.0\n\n## 0.9.0\n\n- x\n' }).ok, false);
  });
});
