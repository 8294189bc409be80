// Run by `npm run check:infra`: whether the kept snapshots, which the tests read, are what would be deployed today.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { bicep, infraDir } from './bicep.ts';
import { PLACE, SNAPSHOTS, snapshotsDir } from './snapshots.ts';

describe('the kept snapshots', () => {
  for (const name of SNAPSHOTS) {
    it(`${name} is what would be deployed today: else look, then npm run check:infra -- --update`, () => {
      const args = ['snapshot', `${name}.bicepparam`, '--mode', 'validate', ...PLACE];
      const { status, output, complaints } = bicep(args, { cwd: snapshotsDir });
      assert.equal(status, 0, `${output}\n${complaints}`);
    });
  }
});

describe('the names of resources', () => {
  const read = (file: string) => [...new Set(readFileSync(file, 'utf8').match(/"name": "[^"]*"/g))].toSorted();

  /** The names when `default` is deployed with something else in its parameter file. */
  function namesWith(change: (parameters: string) => string): string[] {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'bicep-names-'));
    try {
      cpSync(infraDir, path.join(dir, 'infra'), { recursive: true });
      const file = path.join(dir, 'changed.bicepparam');
      const parameters = readFileSync(path.join(snapshotsDir, 'default.bicepparam'), 'utf8');
      writeFileSync(file, change(parameters).replace('../../../infra/', 'infra/'));
      const { status, complaints } = bicep(['snapshot', file, '--mode', 'overwrite', ...PLACE], { cwd: dir });
      assert.equal(status, 0, complaints);
      return read(path.join(dir, 'changed.snapshot.json'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  }

  it('stay the same from one deployment to the next, with other secrets, too', () => {
    const kept = read(path.join(snapshotsDir, 'default.snapshot.json'));
    assert.deepEqual(
      namesWith((text) => text.replaceAll('made-up', 'another')),
      kept,
    );
  });

  it('are other ones in another region', () => {
    const moved = namesWith((text) => text.replace("'westeurope'", "'northeurope'"));
    const shared = read(path.join(snapshotsDir, 'default.snapshot.json')).filter((name) => moved.includes(name));
    assert.ok(moved.some((name) => name.includes('"kv-')));
    assert.deepEqual(
      shared.filter((name) => /"(kv|st|id|log|appi|keeper|plan)-?[a-z0-9]{13}/.test(name)),
      [],
    );
  });
});
