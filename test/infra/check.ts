// `npm run check:infra`: the checks that need the Bicep compiler. The tests over the kept snapshots run with `npm test`.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Parsed, readArguments, runCommand } from '../../src/local/command.ts';
import { BICEP_VERSION, type Compiler, findCompiler, runCompiler } from './compiler.ts';
import { PLACE, SNAPSHOTS, snapshotsDir } from './snapshots.ts';

const USAGE = `Usage: npm run check:infra [-- --update]

Builds, lints and formats infra/ with the Bicep compiler, and compares the predicted resources with the kept snapshots. It uses
bicep from the path, from Azure CLI, or from NuGet. Without a compiler it says so and checks nothing.

  --update   writes the snapshots: review the difference before you commit it
  --help     this text

With BICEP_REQUIRED=1 it fails if there is no compiler.`;

const HOW_TO_INSTALL = `To install one: \`dotnet restore .ci/bicep.csproj\` (NuGet, version ${BICEP_VERSION}), \`az bicep install\`, or
https://github.com/Azure/bicep/releases.`;

const here = path.dirname(fileURLToPath(import.meta.url));
await runCommand({ name: 'npm run check:infra', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<{ readonly isUpdate: boolean }> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: { update: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
    });
    return values.help ? { kind: 'help' } : { kind: 'run', options: { isUpdate: values.update } };
  });
}

function run({ isUpdate }: { readonly isUpdate: boolean }): void {
  const compiler = findCompiler();
  if (compiler === undefined) withoutCompiler();
  else if (isUpdate) update(compiler);
  else check(compiler);
}

function withoutCompiler(): void {
  const required = process.env.BICEP_REQUIRED === '1';
  const what = required ? 'check:infra FAILED' : 'check:infra was SKIPPED';
  process.stderr.write(`${what}: there is no Bicep compiler on this machine.\n${HOW_TO_INSTALL}\n`);
  process.exitCode = required ? 1 : 0;
}

function update(found: Compiler): void {
  for (const name of SNAPSHOTS) {
    const args = ['snapshot', `${name}.bicepparam`, '--mode', 'overwrite', ...PLACE];
    const { status, complaints } = runCompiler(found, args, { cwd: snapshotsDir });
    process.stdout.write(`${status === 0 ? 'Wrote' : 'Could not write'} ${name}.snapshot.json\n`);
    if (complaints) process.stderr.write(`${complaints}\n`);
    if (status !== 0) process.exitCode = 1;
  }
}

function check(found: Compiler): void {
  process.stdout.write(`Bicep ${found.version}, ${[found.command, ...found.before].join(' ')}\n`);
  const files = globSync('*.check.ts', { cwd: here }).map((file) => path.join(here, file));
  const { status } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', ...files], { stdio: 'inherit' });
  if (status !== 0 && found.version !== BICEP_VERSION) {
    process.stderr.write(
      `The snapshots were made with Bicep ${BICEP_VERSION}. Another version may format them differently.\n`,
    );
  }
  process.exitCode = status ?? 1;
}
