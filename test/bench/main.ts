// `npm run bench`: measures the built app on this machine, next to what it is compared to, in one run.
import { access, constants, open, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf, type Parsed, readArguments, runCommand } from '../../src/local/command.ts';
import { withoutLocalProxy } from '../../src/local/local-settings.ts';
import { measureBreakdown } from './breakdown.ts';
import { compare } from './compare.ts';
import { type Bench, type Figure, isMet, type NamedFigure, tabulate } from './figures.ts';
import { measureFirstAnswer } from './first-answer.ts';
import { measureIdle } from './idle.ts';
import { measureMemory } from './memory.ts';
import { measureRotation } from './rotation.ts';
import { measureStampede } from './stampede.ts';
import { measureThroughput } from './throughput.ts';

/** By the names that `--only` takes. */
const measurements: Readonly<Record<string, (bench: Bench) => Promise<readonly Figure[]>>> = {
  'first-answer': measureFirstAnswer,
  breakdown: measureBreakdown,
  throughput: measureThroughput,
  rotation: measureRotation,
  stampede: measureStampede,
  idle: measureIdle,
  memory: measureMemory,
};
const names = Object.keys(measurements).join(', ');

const USAGE = `Usage: npm run bench -- [--only NAME]… [--rounds N] [--against FOLDER] [--json FILE] [--strict]
       npm run bench -- --compare

Measures the built app on this machine, one measurement after the other, in turns with what it is compared to, and prints
the medians and their goals. Needs no account. Takes about ten minutes on two cores, half of them for memory.

  --only NAME       only this measurement; may be repeated: ${names}
  --rounds N        rounds of each measurement (default 5; 1 to 100); idle and memory have steps of their own
  --against FOLDER  first-answer also measures the app in this folder: another build of this project
  --json FILE       writes the figures to a file as well
  --strict          exits with 1 if a goal is missed (default 0: a busy machine misses some)
  --compare         only measures and prints this project's row of the comparison table in the README
  --help            this text`;

type Options = {
  readonly only: readonly string[];
  readonly rounds: number;
  readonly against: string | undefined;
  readonly json: string | undefined;
  readonly strict: boolean;
  readonly isComparison: boolean;
};

// On a signal, exit at once: child processes end with this one, and temporary folders are removed on exit.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => process.exit(code));
}
Object.assign(process.env, withoutLocalProxy(process.env)); // axios and the Azure SDK read it
await runCommand({ name: 'npm run bench', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<Options> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string', default: '5' },
        against: { type: 'string' },
        json: { type: 'string' },
        strict: { type: 'boolean', default: false },
        compare: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const { only, against, json, strict, compare: isComparison } = values;
    const rounds = /^\d{1,3}$/.test(values.rounds) ? Number(values.rounds) : 0;
    if (rounds < 1 || rounds > 100) return { kind: 'invalid', problem: '--rounds takes a number from 1 to 100.' };
    if (!only.every((name) => name in measurements)) {
      return { kind: 'invalid', problem: `--only takes one of ${names}.` };
    }
    if (against !== undefined && !existsSync(path.join(against, 'package.json'))) {
      return { kind: 'invalid', problem: `--against takes a folder with an app; ${against} has no package.json.` };
    }
    return { kind: 'run', options: { only, rounds, against, json, strict, isComparison } };
  });
}

async function run({ only, rounds, against, json, strict, isComparison }: Options): Promise<void> {
  const startedAtMs = Date.now();
  const seconds = () => String(Math.round((Date.now() - startedAtMs) / 1000));
  if (isComparison) return print(await compare((line) => print(`${seconds().padStart(4)} s  ${line}`)));
  await assertWritable(json);
  const machine = `${availableParallelism()} cores, Node ${process.versions.node}, rounds: ${rounds}`;
  print(`${machine}.`);
  const found: NamedFigure[] = [];
  for (const [name, measure] of Object.entries(measurements)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const progress = (line: string) => print(`${seconds().padStart(4)} s  ${name}: ${line}`);
    for (const figure of await measure({ rounds, against, progress })) found.push({ ...figure, measurement: name });
  }
  print(`\n${tabulate(found)}\n\n${machine}, ${seconds()} s.`);
  if (json !== undefined) {
    const figures = found.map((figure) => ({ ...figure, met: isMet(figure) }));
    const about = { node: process.versions.node, cores: availableParallelism(), rounds, atMs: startedAtMs };
    await writeFile(json, `${JSON.stringify({ ...about, figures }, undefined, 2)}\n`);
  }
  if (strict && found.some((figure) => isMet(figure) === false)) process.exitCode = 1;
}

/** @throws now, and not after minutes of measuring. Creates no file and changes none. */
async function assertWritable(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    if (existsSync(file)) await (await open(file, 'r+')).close();
    else await access(path.dirname(file), constants.W_OK);
  } catch (error) {
    throw new Error(`--json: the file cannot be written (${messageOf(error)}).`, { cause: error });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
