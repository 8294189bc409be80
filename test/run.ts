// `npm test`, `npm run test:check` and `npm run test:e2e`: selects the test files, runs them with Node's own test runner,
// and searches their output for secrets, because a failed assertion prints what it compared.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type Parsed, readArguments, runCommand } from '../src/local/command.ts';
import { withoutLocalProxy } from '../src/local/local-settings.ts';
import { runSearched } from './canary/run-searched.ts';
import { findAll, findNamed, testDir } from './test-files.ts';

const USAGE = `Usage: npm test -- [NAME…] [--host builtin|func]
       npm run test:check
       npm run test:e2e -- [--host builtin|func]

npm test runs the tests that need only Node and about a minute (*.test.ts). npm run test:check runs the others
(*.check.ts). With names, npm test runs both kinds: those in a folder of test/, or in files with that text in their
name (npm test -- rotation settings). npm run test:e2e runs those in test/e2e.

  --host NAME   the Functions host that end-to-end tests start: builtin (default), or func (Azure Functions Core Tools)
  --help        this text`;

const root = path.dirname(testDir);

/** Shared by all test processes: most of them load the same sources and packages. `npm ci` deletes it. */
const compileCache = path.join(root, 'node_modules', '.cache', 'compiled-tests');

type Choice = { readonly names: readonly string[]; readonly check: boolean; readonly host: 'builtin' | 'func' };

await runCommand({ name: 'npm test', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<Choice> {
  return readArguments(() => {
    const { values, positionals: names } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        check: { type: 'boolean', default: false },
        host: { type: 'string', default: 'builtin' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const { check, host } = values;
    if (host !== 'builtin' && host !== 'func') return { kind: 'invalid', problem: '--host takes builtin or func.' };
    const unknown = names.find((name) => findNamed(name).length === 0);
    if (unknown !== undefined) return { kind: 'invalid', problem: `No test file has ${unknown} in its name.` };
    return { kind: 'run', options: { names, check, host } };
  });
}

async function run({ names, check, host }: Choice): Promise<void> {
  const isWhole = names.length === 0;
  const files = isWhole ? findAll(check ? 'check' : 'test') : [...new Set(names.flatMap(findNamed))];
  process.exitCode = await runSearched({
    args: [path.join(testDir, 'run-files.ts'), ...files.map((file) => path.join(testDir, file))],
    env: { NODE_COMPILE_CACHE: compileCache, ...withoutLocalProxy(process.env), E2E_HOST: host },
    hasSecrets: isWhole, // a whole run has end-to-end tests, which use secrets
  });
  if (isWhole && !check) process.stdout.write(describeRest());
}

/** What `npm test` leaves to `npm run check`, read from its script and from the names of the files. */
function describeRest(): string {
  const { scripts } = z
    .object({ scripts: z.object({ check: z.string() }) })
    .parse(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')));
  const steps = scripts.check.split('run-s/index.js ')[1]?.split(' ') ?? [];
  const others = steps.filter((step) => step !== 'test' && step !== 'test:check');
  const files = findAll('check').map((file) => file.replace('.check.ts', ''));
  return `Left to \`npm run check\`: ${others.join(', ')}, and ${files.length} files of tests: ${files.join(', ')}.\n`;
}
