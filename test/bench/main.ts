// `npm run bench`: the built app against yardsticks, on this machine and in one run.
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { withoutLocalProxy } from '../../src/local/no-proxy.ts';
import { type Figure, isMet } from './figure.ts';
import { measurements } from './measurements.ts';
import { type Options, parseOptions, USAGE } from './options.ts';
import { tabulate } from './report.ts';

Object.assign(process.env, withoutLocalProxy(process.env)); // where axios and the Azure SDK look
const parsed = parseOptions(process.argv.slice(2));
switch (parsed.kind) {
  case 'help':
    print(USAGE);
    break;
  case 'invalid':
    process.stderr.write(`${parsed.problem} See \`npm run bench -- --help\`.\n`);
    process.exitCode = 1;
    break;
  case 'run':
    process.exitCode = await runAll(parsed.options);
    break;
}

/** @returns the exit code */
async function runAll({ only, rounds, json, strict }: Options): Promise<number> {
  const machine = `${availableParallelism()} cores, Node ${process.versions.node}`;
  print(`${machine}, ${rounds} rounds.`);
  const startedAtMs = Date.now();
  const found: (Figure & { readonly measurement: string })[] = [];
  for (const [name, measure] of Object.entries(measurements)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const progress = (line: string) => print(`${seconds(startedAtMs).padStart(4)} s  ${name}: ${line}`);
    for (const figure of await measure({ rounds, progress })) found.push({ ...figure, measurement: name });
  }
  print(`\n${tabulate(found)}\n\n${machine}, ${rounds} rounds, ${seconds(startedAtMs)} s.`);
  if (json !== undefined) {
    const figures = found.map((figure) => ({ ...figure, met: isMet(figure) }));
    const about = { node: process.versions.node, cores: availableParallelism(), rounds };
    await writeFile(json, `${JSON.stringify({ ...about, atMs: startedAtMs, figures }, undefined, 2)}\n`);
  }
  return strict && found.some((figure) => isMet(figure) === false) ? 1 : 0;
}

function seconds(startedAtMs: number): string {
  return String(Math.round((Date.now() - startedAtMs) / 1000));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
