// `npm run release-notes -- TAG`: what the release workflow asks before it publishes anything.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { projectDir } from '../bundle.ts';
import { readNotes } from './notes.ts';

const USAGE = `Usage: npm run release-notes -- TAG

Prints the section of CHANGELOG.md for the version that TAG (v1.2.3) stands for; exits 1 where package.json has another
one, or there is no such section.

  --help   this text`;

const [tag = '--help'] = process.argv.slice(2);
if (tag === '--help') process.stdout.write(`${USAGE}\n`);
else await run(tag);

async function run(given: string): Promise<void> {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await read('package.json')));
  const reading = readNotes(given, { version, changelog: await read('CHANGELOG.md') });
  if (reading.ok) process.stdout.write(`${reading.notes}\n`);
  else {
    process.stderr.write(`${reading.problem}\n`);
    process.exitCode = 1;
  }
}

function read(file: string): Promise<string> {
  return readFile(path.join(projectDir, file), 'utf8');
}
