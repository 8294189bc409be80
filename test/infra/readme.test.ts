/** What the README has people type: a slip there costs them a deployment. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { resourcesOf, SNAPSHOTS } from './snapshots.ts';
import { startRunner } from './workflows.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const noBash = process.platform !== 'linux' || spawnSync('bash', ['--version']).error !== undefined;

/** A section, from its heading to the next one of the same level. */
function section(heading: string): string {
  const [, text = ''] = readme.split(`\n### ${heading}\n`);
  assert.notEqual(text, '', heading);
  return text.split(/\n##/)[0] ?? '';
}

describe('the README', () => {
  it('names the environment in each command beside a second one, and wherever something is deleted', () => {
    const [, commands = ''] = /```sh\n([\s\S]*?)```/.exec(section('Move to another region')) ?? [];
    const given = commands.match(/\bazd (env set|up|down)\b[^&#\n]*/g) ?? [];
    assert.ok(given.length >= 2);
    for (const command of [...given, ...(readme.match(/\bazd down [^`\n]*/g) ?? [])])
      assert.match(command, / -e keeper/);
  });

  it('puts a secret into the vault as it is: a file that was written with an editor ends with a line break', () => {
    for (const [, file = ''] of readme.matchAll(/az keyvault secret set [^\n]*--file (\S+)/g)) {
      assert.ok(readme.includes(`printf %s "$PASSWORD" > ${file}`), file);
      assert.ok(readme.includes(`rm ${file}`), file);
    }
  });

  it('can be pasted into a shell, and gives the identity of GitHub only what it needs', { skip: noBash }, () => {
    const runner = startRunner({
      az: 'case "$1 $2" in "account show") echo S ;; "ad app") echo the-app ;; "ad sp") echo the-identity ;; esac',
      gh: 'test "$1" != api || echo repo:owner/name',
    });
    try {
      const [, commands = ''] = /```sh\n(.*?)```/s.exec(section('Deploy from GitHub')) ?? [];
      const PATH = [path.join(runner.dir, 'bin'), process.env.PATH].join(path.delimiter);
      // Interactive, as whoever pastes it has it: there a `!` in double quotes asks for an earlier command.
      const shell = { input: commands, encoding: 'utf8', env: { PATH, HOME: runner.dir }, detached: true } as const;
      const { stderr } = spawnSync('bash', ['--norc', '--noprofile', '-i'], shell);
      assert.doesNotMatch(stderr, /event not found|command not found|syntax error/);
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
  });

  it('may have it assign roles in the resource group only: there is no other assignment', () => {
    for (const { id } of SNAPSHOTS.flatMap((name) => resourcesOf(name, 'Microsoft.Authorization/roleAssignments'))) {
      assert.match(id, /^\/subscriptions\/[^/]+\/resourceGroups\/rg-keeper\//);
    }
  });
});
