// `npm test` and `npm run test:e2e`: picks the test files, runs them with Node's own test runner, and sees that they print
// no secret: a failed assertion shows what it compared.
import { globSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withoutLocalProxy } from '../src/local/no-proxy.ts';
import { runSearched } from './canary/run-searched.ts';

const USAGE = `Usage: npm test -- [NAME…] [--host builtin|func]

Runs all tests, or those in a folder of test/ or in files with that in their name (npm test -- rotation settings).

  --host NAME   the Functions host that end-to-end tests start: builtin (default), or func (Azure Functions Core Tools)
  --help        this text`;

const testDir = path.dirname(fileURLToPath(import.meta.url));

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { host: { type: 'string', default: 'builtin' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) process.stdout.write(`${USAGE}\n`);
  else if (values.host !== 'builtin' && values.host !== 'func') fail('--host takes builtin or func.');
  else process.exitCode = await run(positionals, values.host);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

function findNamed(given: string): string[] {
  const name = nameBelowTest(given);
  const folder = statSync(path.join(testDir, name), { throwIfNoEntry: false })?.isDirectory();
  const files = folder ? findTests(`${name}/**`) : findTests('**', `*${name.replace(/\.test\.ts$/, '')}*`);
  if (files.length === 0) throw new Error(`No test file is called ${name}.`);
  return files;
}

/** A name as it is typed, or a path as a shell completes it: relative to `test`. */
function nameBelowTest(given: string): string {
  const target = path.resolve(testDir, given.replace(/^test[\\/]/, ''));
  if (!target.startsWith(testDir + path.sep)) throw new Error(`A name is one below test/, and not "${given}".`);
  return path.relative(testDir, target).replaceAll(path.sep, '/'); // globs have slashes
}

function findTests(folders: string, name = '*'): string[] {
  return globSync(`${folders}/${name}.test.ts`, { cwd: testDir }).map((file) => path.join(testDir, file));
}

/** @returns the exit code */
function run(names: readonly string[], host: string): Promise<number> {
  const files = names.length === 0 ? findTests('**') : names.flatMap(findNamed);
  return runSearched({
    args: ['--test', '--test-reporter=spec', ...files],
    env: { ...withoutLocalProxy(process.env), E2E_HOST: host },
    stdout: process.stdout,
    stderr: process.stderr,
    hasSecrets: names.length === 0, // without names, the end-to-end tests are among them
  });
}

function fail(message: string): void {
  process.stderr.write(`${message.replace(/\.?$/, '.')} See \`npm test -- --help\`.\n`);
  process.exitCode = 1;
}
