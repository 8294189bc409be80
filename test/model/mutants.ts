// `npm run test:mutants`: breaks each rule of a rotation in a copy of the code, and sees that the model notices. A
// rule that no run of the model can show is held by a unit test, which is run instead.
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Parsed, readArguments, runCommand } from '../../src/local/command.ts';
import { type Mutant, mutants } from './mutations.ts';

const USAGE = `Usage: npm run test:mutants -- [--only TEXT]

Breaks each rule of a rotation once in a copy of the code, looks for a violation with the model, and prints which
invariant caught it. Fails if one goes unnoticed.

  --only TEXT   only mutants whose rule or description contains TEXT
  --help        this text`;

const root = fileURLToPath(new URL('../../', import.meta.url));

/** @returns what noticed the mutant, or `undefined` where nothing did */
async function tryMutant(dir: string, { file, from, to, unitTest }: Mutant): Promise<string | undefined> {
  const target = path.join(dir, file);
  const source = await readFile(target, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} has not exactly one place that reads: ${from}`);
  await writeFile(
    target,
    source.replace(from, () => to),
  );
  try {
    const args = unitTest === undefined ? ['test/model/look.ts'] : ['--test', unitTest];
    const look = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8' });
    if (unitTest !== undefined) return look.status === 0 ? undefined : unitTest;
    if (look.status !== 0) throw new Error(`The model itself failed: ${look.stderr}`);
    return look.stdout === '' ? undefined : look.stdout;
  } finally {
    await writeFile(target, source);
  }
}

async function copyProject(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'mutants-'));
  for (const name of ['src', 'test', 'package.json'])
    await cp(path.join(root, name), path.join(dir, name), { recursive: true });
  await symlink(path.join(root, 'node_modules'), path.join(dir, 'node_modules'), 'junction');
  return dir;
}

/** @returns whether all were noticed */
async function tryAll(chosen: readonly Mutant[]): Promise<boolean> {
  const dir = await copyProject();
  process.on('SIGINT', () => process.exit(130));
  let unnoticed = 0;
  try {
    for (const mutant of chosen) {
      const noticedBy = await tryMutant(dir, mutant);
      unnoticed += noticedBy === undefined ? 1 : 0;
      process.stdout.write(`rule ${mutant.rule.padEnd(4)} ${mutant.what.padEnd(62)} ${noticedBy ?? 'NOT NOTICED'}\n`);
    }
  } finally {
    await rm(dir, { recursive: true });
  }
  process.stdout.write(`${chosen.length} mutants, ${unnoticed} not noticed\n`);
  return unnoticed === 0;
}

await runCommand({ name: 'npm run test:mutants', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<readonly Mutant[]> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } },
    });
    if (values.help) return { kind: 'help' };
    const chosen = mutants.filter(({ rule, what }) => `${rule} ${what}`.includes(values.only));
    if (chosen.length === 0) return { kind: 'invalid', problem: `No mutant is about ${values.only}.` };
    return { kind: 'run', options: chosen };
  });
}

async function run(chosen: readonly Mutant[]): Promise<void> {
  if (!(await tryAll(chosen))) process.exitCode = 1;
}
