import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dir = path.join(root, '.github', 'workflows');
const right = z.enum(['read', 'write', 'none']);
const workflowSchema = z.object({
  env: z.record(z.string(), z.string()).optional(),
  permissions: z.record(z.string(), right).optional(),
  jobs: z.record(
    z.string(),
    z.looseObject({
      permissions: z.record(z.string(), right).optional(),
      steps: z.array(z.looseObject({ run: z.string().optional() })).min(1),
    }),
  ),
});
const workflows = readdirSync(dir).map((file) => ({
  file,
  workflow: workflowSchema.parse(parse(readFileSync(path.join(dir, file), 'utf8'))),
}));
const find = (name: string) => workflows.find(({ file }) => file === name)?.workflow;

describe('the workflows', () => {
  it('have jobs with steps, and rights that exist', () => {
    assert.deepEqual(workflows.map(({ file }) => file).toSorted(), ['ci.yml', 'deploy.yml', 'release.yml']);
  });

  it('take each action by a commit, which nobody can move, and name its version for the reader', () => {
    for (const { file } of workflows) {
      const text = readFileSync(path.join(dir, file), 'utf8');
      for (const [, used = ''] of text.matchAll(/\buses: (.*)$/gm)) {
        assert.match(used, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file);
      }
    }
  });

  it('paste nothing that others may have written into a shell', () => {
    for (const { file, workflow } of workflows) {
      for (const { steps } of Object.values(workflow.jobs)) {
        for (const { run = '' } of steps) assert.doesNotMatch(run, /\$\{\{\s*(github\.event|inputs|github\.ref)/, file);
      }
    }
  });

  it('publish with provenance, and deploy by OpenID Connect', () => {
    assert.equal(find('release.yml')?.jobs['publish']?.permissions?.['id-token'], 'write');
    assert.equal(find('deploy.yml')?.permissions?.['id-token'], 'write');
  });

  it('deploy with every parameter that is no secret: one that is left out would fall back to its default', () => {
    const parameters = readFileSync(path.join(root, 'infra', 'main.bicepparam'), 'utf8');
    const names = [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name = '']) => name);
    const given = find('deploy.yml')?.env ?? {};
    const passed = new Set([...Object.keys(given), ...String(given['PARAMETERS']).split(/\s+/)]);
    const missing = names.filter((name) => !passed.has(name));
    const secretOrMade = /^(QUARTILE_|NEW_)|^RECOVER_VAULT$/;
    assert.deepEqual(
      missing.filter((name) => !secretOrMade.test(name)),
      [],
    );
  });
});
