// `npm run test:mutants`: breaks each rule of a rotation in a copy of the code, and sees that the model notices. A
// rule that no run of the model can show is held by a unit test, which is run instead.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
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

/** Told to end: what runs is killed, and the copy removed. */
const stopped = new AbortController();

/** Runs Node over the copy. */
async function runNode(
  dir: string,
  args: readonly string[],
): Promise<{ status: unknown; stdout: string; stderr: string }> {
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, args, { cwd: dir, stdio, signal: stopped.signal });
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { status, stdout, stderr };
}

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
    const { status, stdout, stderr } = await runNode(dir, args);
    if (unitTest !== undefined && status !== 0 && status !== 1) throw new Error(`${unitTest} did not run: ${stderr}`);
    if (unitTest !== undefined) return status === 0 ? undefined : unitTest;
    if (status !== 0) throw new Error(`The model itself failed: ${stderr}`);
    return stdout === '' ? undefined : stdout;
  } finally {
    await writeFile(target, source);
  }
}

/** @throws when a unit test fails over the code as it is: it would notice anything */
async function tryUnbroken(dir: string, chosen: readonly Mutant[]): Promise<void> {
  const unitTests = [...new Set(chosen.flatMap(({ unitTest }) => unitTest ?? []))];
  if (unitTests.length === 0) return; // without a name, Node would run all tests
  const { status, stdout } = await runNode(dir, ['--test', ...unitTests]);
  if (status !== 0) throw new Error(`Unit tests fail over the code as it is:\n${stdout}`);
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
  let unnoticed = 0;
  try {
    await tryUnbroken(dir, chosen);
    for (const mutant of chosen) {
      const noticedBy = await tryMutant(dir, mutant);
      unnoticed += noticedBy === undefined ? 1 : 0;
      process.stdout.write(`rule ${mutant.rule.padEnd(4)} ${mutant.what.padEnd(62)} ${noticedBy ?? 'NOT NOTICED'}\n`);
    }
  } finally {
    await rm(dir, { recursive: true, maxRetries: 3 }); // one that was killed may just be ending
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
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopped.abort());
  try {
    if (!(await tryAll(chosen))) process.exitCode = 1;
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
    process.exitCode = 1;
  }
}
