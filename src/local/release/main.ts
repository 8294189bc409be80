// `npm run release-notes -- TAG`: what the release workflow asks before it publishes anything.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { projectDir } from '../bundle.ts';
import { fail, type Parsed, readArguments, runCommand } from '../command.ts';
import { readNotes } from './notes.ts';

const USAGE = `Usage: npm run release-notes -- TAG

Prints the section of CHANGELOG.md for the version that TAG (v1.2.3) stands for; exits 1 where package.json has another
one, or there is no such section.

  --help   this text`;

await runCommand({ name: 'npm run release-notes', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<string> {
  return readArguments(() => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', default: false } },
    });
    if (values.help) return { kind: 'help' };
    const [tag, ...more] = positionals;
    if (tag === undefined || more.length > 0) return { kind: 'invalid', problem: 'It takes one tag.' };
    return { kind: 'run', options: tag };
  });
}

async function run(tag: string): Promise<void> {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await read('package.json')));
  const reading = readNotes(tag, { version, changelog: await read('CHANGELOG.md') });
  if (reading.ok) process.stdout.write(`${reading.notes}\n`);
  else fail(reading.problem);
}

function read(file: string): Promise<string> {
  return readFile(path.join(projectDir, file), 'utf8');
}
