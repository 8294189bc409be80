import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readWorkflow, root, workflowFiles, workflowsDir } from './workflows.ts';

const release = readWorkflow('release.yml');
const deploy = readWorkflow('deploy.yml');

describe('the workflows', () => {
  it('have jobs with steps, and rights that exist', () => {
    assert.deepEqual(workflowFiles, ['ci.yml', 'deploy.yml', 'release.yml']);
    for (const file of workflowFiles) {
      for (const [name, { steps, uses }] of Object.entries(readWorkflow(file).jobs)) {
        assert.ok(steps.length > 0 !== (uses !== undefined), `${file}: ${name}`);
      }
    }
  });

  it('pin each action to a commit, which cannot be moved, and name its version in a comment', () => {
    for (const file of workflowFiles) {
      const text = readFileSync(path.join(workflowsDir, file), 'utf8');
      for (const [, used = ''] of text.matchAll(/\buses: (.*)$/gm)) {
        if (used.startsWith('./')) continue;
        assert.match(used, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, file);
      }
    }
  });

  it('expand no expression in a shell: values are passed in the environment', () => {
    for (const file of workflowFiles) {
      for (const { steps } of Object.values(readWorkflow(file).jobs)) {
        for (const { run = '' } of steps) assert.doesNotMatch(run, /\$\{\{/, file);
      }
    }
  });

  it('install tools in one exact version', () => {
    for (const file of workflowFiles) {
      const text = readFileSync(path.join(workflowsDir, file), 'utf8');
      for (const [, version = ''] of text.matchAll(/npm install --global \S+@(\S+)/g)) {
        assert.match(version, /^\d+\.\d+\.\d+$/);
      }
    }
  });

  it('use no stored secret', () => {
    for (const file of workflowFiles) {
      assert.doesNotMatch(readFileSync(path.join(workflowsDir, file), 'utf8'), /\bsecrets\b\s*[.:[]/, file);
    }
  });
});

describe('a tag', () => {
  it('is built once: no other workflow starts at a tag, and no other job builds', () => {
    for (const file of workflowFiles) {
      const { on } = readWorkflow(file);
      const push = on['push'];
      const atTags = 'push' in on && (push === null || !JSON.stringify(push).includes('"branches"'));
      assert.equal(atTags, file === 'release.yml', file);
    }
    const builders = [release, deploy].flatMap(({ jobs }) =>
      Object.entries(jobs).filter(([, { steps }]) =>
        steps.some(({ run = '' }) => /npm run (package|pack:client|build)/.test(run)),
      ),
    );
    assert.deepEqual(
      builders.map(([name]) => name),
      ['build'],
    );
  });

  it('is checked against package.json and CHANGELOG.md before anything is published', () => {
    assert.ok(release.jobs['build']?.steps.some(({ run = '' }) => run.includes('release-notes -- "$GITHUB_REF_NAME"')));
    assert.deepEqual(release.jobs['release']?.needs, ['build']);
  });

  it('leads to the release, then to the deployment of that release, and last to npm, which takes no version back', () => {
    const { deploy: deployed, client } = release.jobs;
    assert.deepEqual(
      [deployed?.needs, deployed?.uses, deployed?.['with']],
      [['release'], './.github/workflows/deploy.yml', { tag: '${{ github.ref_name }}' }],
    );
    assert.deepEqual(client?.needs, ['release', 'deploy']);
    // Without a deployment the client is published, too. After a failed deployment it is not.
    assert.match(client?.if ?? '', /!cancelled\(\).*needs\.release\.result == 'success'/s);
    assert.match(client?.if ?? '', /\(needs\.deploy\.result == 'success' \|\| needs\.deploy\.result == 'skipped'\)/);
  });

  it('of a prerelease is deployed by hand only', () => {
    assert.equal(release.jobs['deploy']?.if, "${{ !contains(github.ref_name, '-') }}");
  });

  it('gives each job only the rights that it needs, and the build no right to publish', () => {
    const given = Object.entries(release.jobs).map(([name, { permissions }]) => [name, permissions]);
    assert.deepEqual(release.permissions, { contents: 'read' });
    assert.deepEqual(Object.fromEntries(given), {
      build: undefined,
      release: { contents: 'write' },
      deploy: { contents: 'read', 'id-token': 'write' },
      client: { contents: 'read', 'id-token': 'write' },
    });
  });
});

describe('the deployment', () => {
  it('needs no more rights than its caller grants: else GitHub does not start it', () => {
    assert.deepEqual(deploy.permissions, release.jobs['deploy']?.permissions);
    for (const [name, { permissions }] of Object.entries(deploy.jobs)) assert.equal(permissions, undefined, name);
  });

  it('takes the same input from the release and by hand', () => {
    assert.deepEqual(deploy.on['workflow_call'], deploy.on['workflow_dispatch']);
    assert.deepEqual(Object.keys(deploy.on).toSorted(), ['pull_request', 'workflow_call', 'workflow_dispatch']);
  });

  it('does nothing without a client id', () => {
    assert.match(deploy.jobs['deploy']?.if ?? '', /&& vars\.AZURE_CLIENT_ID != ''$/);
    assert.match(deploy.jobs['what-if']?.if ?? '', /vars\.AZURE_PLAN_CLIENT_ID != ''/);
  });

  it('makes an azd environment first, because azd skips the hooks without one', () => {
    const commands = (deploy.jobs['deploy']?.steps ?? []).flatMap(
      ({ run = '' }) => run.match(/azd (env new|provision)/g) ?? [],
    );
    assert.deepEqual(commands, ['azd env new', 'azd provision', 'azd provision']);
  });

  it('deploys the package of the release, with the templates of the same tag', () => {
    const steps = deploy.jobs['deploy']?.steps ?? [];
    assert.deepEqual(steps[0]?.with, { ref: 'refs/tags/${{ inputs.tag }}' });
    const deployed = steps.map(({ run = '' }) => /azd deploy .*--from-package (.*)$/m.exec(run)?.[1]).filter(Boolean);
    assert.deepEqual(deployed, ['"$RUNNER_TEMP/release/quartile-token-keeper.zip"']);
  });

  it('passes every parameter that is not a secret: a missing one would fall back to its default', () => {
    const parameters = readFileSync(path.join(root, 'infra', 'main.bicepparam'), 'utf8');
    const names = [...parameters.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name = '']) => name);
    const given = deploy.env ?? {};
    const passed = new Set([...Object.keys(given), ...String(given['PARAMETERS']).split(/\s+/)]);
    const missing = names.filter((name) => !passed.has(name));
    const secretOrMade = /^QUARTILE_|^RECOVER_VAULT$/;
    assert.deepEqual(
      missing.filter((name) => !secretOrMade.test(name)),
      [],
    );
  });

  it('uses only variables that infra/README.md explains', () => {
    const texts = workflowFiles.map((file) => readFileSync(path.join(workflowsDir, file), 'utf8')).join('\n');
    const used = [...texts.matchAll(/\bvars\.(\w+)/g)].map(([, name = '']) => name);
    const readme = readFileSync(path.join(root, 'infra', 'README.md'), 'utf8');
    const [table = ''] = /^\| variable of the repository \|[\s\S]*?\n\n/m.exec(readme) ?? [];
    const explained = [...table.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name);
    const wanted = [...used, ...String(deploy.env?.['PARAMETERS']).split(/\s+/)];
    assert.deepEqual(explained.toSorted(), [...new Set(wanted)].toSorted());
  });
});
