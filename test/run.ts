// `npm test` and `npm run test:e2e`: picks the test files, has them run by Node's own test runner, and sees that they print
// no secret: a failed assertion shows what it compared.
import { globSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Parsed, readArguments, runCommand } from '../src/local/command.ts';
import { withoutLocalProxy } from '../src/local/no-proxy.ts';
import { runSearched } from './canary/run-searched.ts';

const USAGE = `Usage: npm test -- [NAME…] [--host builtin|func]
       npm run test:e2e -- [--host builtin|func]

Runs all tests, or those in a folder of test/ or in files with that in their name (npm test -- rotation settings).
npm run test:e2e runs those of test/e2e.

  --host NAME   the Functions host that end-to-end tests start: builtin (default), or func (Azure Functions Core Tools)
  --help        this text`;

/** What takes longest begins first: at the end nobody waits for one of them. */
const LONGEST = ['status/browser', 'e2e/chaos', 'model/model', 'local/start', 'bench/bench', 'local/callers-cli'];

const testDir = path.dirname(fileURLToPath(import.meta.url));

type Choice = { readonly names: readonly string[]; readonly host: 'builtin' | 'func' };

await runCommand({ name: 'npm test', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<Choice> {
  return readArguments(() => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { host: { type: 'string', default: 'builtin' }, help: { type: 'boolean', default: false } },
    });
    if (values.help) return { kind: 'help' };
    const { host } = values;
    if (host !== 'builtin' && host !== 'func') return { kind: 'invalid', problem: '--host takes builtin or func.' };
    const unknown = positionals.find((name) => findNamed(name).length === 0);
    if (unknown !== undefined) return { kind: 'invalid', problem: `No test file is called ${unknown}.` };
    return { kind: 'run', options: { names: positionals, host } };
  });
}

function findNamed(given: string): string[] {
  const name = nameBelowTest(given);
  const folder = statSync(path.join(testDir, name), { throwIfNoEntry: false })?.isDirectory();
  return folder ? findTests(`${name}/**`) : findTests('**', `*${name.replace(/\.test\.ts$/, '')}*`);
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

function longestFirst(files: readonly string[]): string[] {
  const longest = LONGEST.map((name) => path.join(testDir, `${name}.test.ts`)).filter((file) => files.includes(file));
  return [...new Set([...longest, ...files])];
}

async function run({ names, host }: Choice): Promise<void> {
  const files = names.length === 0 ? findTests('**') : names.flatMap(findNamed);
  process.exitCode = await runSearched({
    args: [path.join(testDir, 'run-files.ts'), ...longestFirst(files)],
    env: { ...withoutLocalProxy(process.env), E2E_HOST: host },
    stdout: process.stdout,
    stderr: process.stderr,
    hasSecrets: names.length === 0, // without names, the end-to-end tests are among them
  });
}
