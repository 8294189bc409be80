// `npm run release-notes -- TAG`: what the release workflow asks before it publishes anything.
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { type Parsed, readArguments, runCommand, say } from './command.ts';

const USAGE = `Usage: npm run release-notes -- TAG

Prints the section of CHANGELOG.md for the version that TAG (v1.2.3) stands for. Exits with 1 if package.json has another
version, or if there is no such section.

  --help   this text`;

await runCommand({ name: 'npm run release-notes', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<string> {
  return readArguments(() => {
    const options = { help: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    if (values.help) return { kind: 'help' };
    const [tag, ...more] = positionals;
    if (tag === undefined || more.length > 0) return { kind: 'invalid', problem: 'It takes one tag.' };
    return { kind: 'run', options: tag };
  });
}

/** Reads the files of the current folder, which for npm is that of package.json. */
async function run(tag: string): Promise<void> {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(await readFile('package.json', 'utf8')));
  if (tag !== `v${version}`) throw new Error(`The tag ${tag} should be v${version}: package.json has this version.`);
  const sections = (await readFile('CHANGELOG.md', 'utf8')).split(/^## /m).slice(1);
  const section = sections.find((text) => /^\[?([^\s\]]+)/.exec(text)?.[1] === version) ?? '';
  const notes = section
    .replace(/^.*\n/, '')
    .replaceAll(/^\[[^\]]+\]: .*$/gm, '')
    .trim(); // no heading, no link targets
  if (notes === '') throw new Error(`CHANGELOG.md has no section for ${version}, or an empty one.`);
  say(notes);
}
