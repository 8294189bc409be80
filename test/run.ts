// `npm test` and `npm run test:e2e`: picks the test files, has them run by Node's own test runner, and sees that they print
// no secret: a failed assertion shows what it compared.
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withoutLocalProxy } from '../src/local/no-proxy.ts';
import { runSearched } from './canary/run-searched.ts';

const USAGE = `Usage: npm test -- [NAME…] [--host builtin|func]

Runs all tests, or those in a folder of test/ or in files with that in their name (npm test -- rotation settings).

  --host NAME   the Functions host that end-to-end tests start: builtin (default), or func (Azure Functions Core Tools)
  --help        this text`;

/** What takes longest begins first: at the end nobody waits for one of them. */
const LONGEST = ['status/browser', 'e2e/chaos', 'model/model', 'local/start', 'bench/bench', 'local/callers-cli'];

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

function findNamed(name: string): string[] {
  const folder = existsSync(path.join(testDir, name));
  const files = folder ? findTests(`${name}/**`) : findTests('**', `*${name.replace(/\.test\.ts$/, '')}*`);
  if (files.length === 0) throw new Error(`No test file is called ${name}.`);
  return files;
}

function findTests(folders: string, name = '*'): string[] {
  return globSync(`${folders}/${name}.test.ts`, { cwd: testDir }).map((file) => path.join(testDir, file));
}

function longestFirst(files: readonly string[]): string[] {
  const longest = LONGEST.map((name) => path.join(testDir, `${name}.test.ts`)).filter((file) => files.includes(file));
  return [...new Set([...longest, ...files])];
}

/** @returns the exit code */
function run(names: readonly string[], host: string): Promise<number> {
  const files = names.length === 0 ? findTests('**') : names.flatMap(findNamed);
  return runSearched({
    args: [path.join(testDir, 'run-files.ts'), ...longestFirst(files)],
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
