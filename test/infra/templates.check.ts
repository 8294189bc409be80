// Run by `npm run check:infra`: what the compiler says of the templates, and what only the compiled one shows.
import assert from 'node:assert/strict';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { bicep, build, compiledTemplate, infraDir, resourcesOfModule } from './bicep.ts';
import { snapshotsDir } from './snapshots.ts';

const clean = { status: 0, complaints: '' };

describe('the templates', () => {
  it('build without a warning', () => {
    const { status, complaints } = build();
    assert.deepEqual({ status, complaints }, clean);
  });

  it('pass the linter, each of them', () => {
    const { status, complaints } = bicep(['lint', '--pattern', '**/*.bicep']);
    assert.deepEqual({ status, complaints }, clean);
  });

  for (const folder of [infraDir, snapshotsDir]) {
    it(`are formatted in ${path.basename(folder)}: bicep format --pattern '**/*.bicep*'`, () => {
      const copy = mkdtempSync(path.join(os.tmpdir(), 'bicep-format-'));
      try {
        cpSync(folder, copy, { recursive: true });
        cpSync(path.join(infraDir, 'bicepconfig.json'), path.join(copy, 'bicepconfig.json'));
        for (const kind of ['**/*.bicep', '**/*.bicepparam']) bicep(['format', '--pattern', kind], { cwd: copy });
        for (const file of globSync('**/*.{bicep,bicepparam}', { cwd: folder })) {
          assert.equal(
            readFileSync(path.join(folder, file), 'utf8'),
            readFileSync(path.join(copy, file), 'utf8'),
            file,
          );
        }
      } finally {
        rmSync(copy, { recursive: true });
      }
    });
  }

  it('describe every parameter, and take no module from a registry', () => {
    for (const [name, { metadata }] of Object.entries(compiledTemplate().parameters))
      assert.ok(metadata.description, name);
    for (const file of globSync('**/*.bicep', { cwd: infraDir })) {
      assert.doesNotMatch(readFileSync(path.join(infraDir, file), 'utf8'), /'(br|ts)[:/]/, file);
    }
  });
});

describe('the secrets in the vault', () => {
  const options = z.looseObject({ '@options': z.looseObject({ onlyIfNotExists: z.unknown() }).optional() });
  const secrets = () => Object.values(resourcesOfModule('vault')).filter(({ type }) => type.endsWith('/secrets'));
  const nameOf = ({ name }: { name?: unknown }) => /'([A-Z-]+)'\)\]$/.exec(String(name))?.[1] ?? '';

  it('are those of the settings', () => {
    assert.deepEqual(
      new Set(secrets().map(nameOf)),
      new Set([
        'CALLER-JWT-KEYS',
        'QUARTILE-PASSWORD',
        'QUARTILE-SUBSCRIPTION-KEY',
        'QUARTILE-USERNAME',
        'TOKEN-ENCRYPTION-KEYS',
      ]),
    );
  });

  it('keep the first keys for ever, whatever a later deployment brings: another key would open no row', () => {
    const kept = secrets().filter((secret) => options.parse(secret)['@options'] !== undefined);
    assert.deepEqual(new Set(kept.map(nameOf)), new Set(['CALLER-JWT-KEYS', 'TOKEN-ENCRYPTION-KEYS']));
  });

  it('are nothing that a template makes up at each deployment', () => {
    assert.doesNotMatch(build().output, /newGuid\(|utcNow\(/i);
  });
});
