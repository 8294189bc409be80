// `npm run bench`: the built app against yardsticks, on this machine and in one run.
import { constants, existsSync } from 'node:fs';
import { access, open, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { messageOf, runCommand } from '../../src/local/command.ts';
import { withoutLocalProxy } from '../../src/local/local-settings.ts';
import { type Figure, isMet } from './figure.ts';
import { measurements } from './measurements.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { tabulate } from './report.ts';

// What runs for it ends with it, and what it has made on the disk goes as it exits.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  process.on(signal, () => process.exit(code));
}
Object.assign(process.env, withoutLocalProxy(process.env)); // where axios and the Azure SDK look
await runCommand({ name: 'npm run bench', usage: USAGE, parse: parseOptions, run });

async function run({ only, rounds, json, strict }: Options): Promise<void> {
  await mayWrite(json);
  const machine = `${availableParallelism()} cores, Node ${process.versions.node}`;
  const counted = `${rounds} ${rounds === 1 ? 'round' : 'rounds'}`;
  print(`${machine}, ${counted}.`);
  const startedAtMs = Date.now();
  const found: (Figure & { readonly measurement: string })[] = [];
  for (const [name, measure] of Object.entries(measurements)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const progress = (line: string) => print(`${seconds(startedAtMs).padStart(4)} s  ${name}: ${line}`);
    for (const figure of await measure({ rounds, progress })) found.push({ ...figure, measurement: name });
  }
  print(`\n${tabulate(found)}\n\n${machine}, ${counted}, ${seconds(startedAtMs)} s.`);
  if (json !== undefined) {
    const figures = found.map((figure) => ({ ...figure, met: isMet(figure) }));
    const about = { node: process.versions.node, cores: availableParallelism(), rounds };
    await writeFile(json, `${JSON.stringify({ ...about, atMs: startedAtMs, figures }, undefined, 2)}\n`);
  }
  if (strict && found.some((figure) => isMet(figure) === false)) process.exitCode = 1;
}

/**
 * Makes no file: one that is there has the figures of a whole run.
 *
 * @throws before minutes have passed that nobody would get the figures of
 */
async function mayWrite(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    if (existsSync(file)) await (await open(file, 'r+')).close();
    else await access(path.dirname(file), constants.W_OK);
  } catch (error) {
    throw new Error(`--json: the file cannot be written (${messageOf(error)}).`, { cause: error });
  }
}

function seconds(startedAtMs: number): string {
  return String(Math.round((Date.now() - startedAtMs) / 1000));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
