/** What the README has people type: a slip there costs them a deployment. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

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
});
