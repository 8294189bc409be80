/** The commands in infra/README.md: a mistake there costs the reader a deployment. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { resourcesOf, SNAPSHOTS } from './snapshots.ts';
import { startRunner } from './workflows.ts';

const readme = readFileSync(new URL('../../infra/README.md', import.meta.url), 'utf8');

const noBash = process.platform !== 'linux' || spawnSync('bash', ['--version']).error !== undefined;

/** A section, from its heading to the next one of any level. */
function section(heading: string): string {
  const [, text = ''] = readme.split(new RegExp(`\n##+ ${heading}\n`));
  assert.notEqual(text, '', heading);
  return text.split(/\n##/)[0] ?? '';
}

describe('infra/README.md', () => {
  it('names the environment in each command next to a second one, and in each one that deletes something', () => {
    const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(section('Move to another region')) ?? [];
    const given = commands.match(/\bazd (env set|up|down)\b[^&#\n]*/g) ?? [];
    assert.ok(given.length >= 2);
    for (const command of [...given, ...(readme.match(/\bazd down [^`\n]*/g) ?? [])])
      assert.match(command, / -e keeper/);
  });

  it('writes a secret without the line break that an editor would add, and removes the file', () => {
    for (const [, file = ''] of readme.matchAll(/az keyvault secret set [^\n]*--file (\S+)/g)) {
      assert.ok(readme.includes(`printf %s "$PASSWORD" > ${file}`), file);
      assert.ok(readme.includes(`rm ${file}`), file);
    }
  });

  it(
    'can be pasted into a shell, and gives the identity for GitHub only the rights that it needs',
    { skip: noBash },
    () => {
      const runner = startRunner({
        az: 'case "$1 $2" in "account show") echo S ;; "ad app") echo the-app ;; "ad sp") echo the-identity ;; esac',
        gh: 'test "$1" != api || echo repo:owner/name',
      });
      try {
        const [, commands = ''] = /```sh\n(.*?)```/s.exec(section('Deploy from GitHub')) ?? [];
        const PATH = [path.join(runner.dir, 'bin'), process.env.PATH].join(path.delimiter);
        // An interactive shell, like the reader's: there a `!` in double quotes refers to an earlier command.
        const shell = { input: commands, encoding: 'utf8', env: { PATH, HOME: runner.dir }, detached: true } as const;
        const { stderr } = spawnSync('bash', ['--norc', '--noprofile', '-i'], shell);
        assert.doesNotMatch(stderr, /event not found|command not found|syntax error/);
        const policies = runner.calls().filter((call) => call.includes('/environments/production'));
        assert.match(policies[0] ?? '', /^gh api --method PUT repos\/owner\/name\/environments\/production --input -$/);
        assert.match(commands, /"custom_branch_policies": true/);
        assert.deepEqual(
          policies.slice(1).map((call) => call.split(' -f ').slice(1)),
          [
            ['name=v*', 'type=tag'],
            ['name=main', 'type=branch'],
          ],
        );
        const given = runner
          .calls()
          .join('\n')
          .split(/^az role assignment create /m)
          .slice(1);
        const rights = given.map((call) => [
          /--scope (\S+)/.exec(call)?.[1],
          /--role (.*?)(?= --|$)/m.exec(call)?.[1],
          /--condition [\s\S]*ActionMatches[\s\S]*GuidEquals \{b7e6dc6d-/.test(call),
        ]);
        assert.deepEqual(rights, [
          ['/subscriptions/S', 'Contributor', false],
          ['/subscriptions/S/resourceGroups/rg-keeper', 'Role Based Access Control Administrator', true],
        ]);
      } finally {
        runner.remove();
      }
    },
  );

  it('lists every variable that main.bicepparam reads, next to its parameter', () => {
    const source = readFileSync(new URL('../../infra/main.bicepparam', import.meta.url), 'utf8');
    const variables = [...source.matchAll(/readEnvironmentVariable\('(\w+)'/g)].map(([, name = '']) => name);
    const rows = section('Parameters')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const listed = rows.flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
    assert.deepEqual(new Set(listed), new Set(variables));
    const parameters = [...source.matchAll(/^param (\w+)/gm)].map(([, name = '']) => name);
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
    assert.deepEqual(new Set(named), new Set(parameters));
  });

  it('lets it assign roles in the resource group only: the templates have no other assignments', () => {
    for (const { id } of SNAPSHOTS.flatMap((name) => resourcesOf(name, 'Microsoft.Authorization/roleAssignments'))) {
      assert.match(id, /^(\[extensionResourceId\(')?\/subscriptions\/[^/]+\/resourceGroups\/rg-keeper\//);
    }
  });
});
