// `npm run package`: builds the app and packs what is deployed.
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { zipSync } from 'fflate';
import { bundleApp, projectDir } from './bundle.ts';
import { readNoArguments, runCommand, say } from './command.ts';

const USAGE = `Usage: npm run package

Builds the app and packs what is deployed: dist/quartile-token-keeper.zip, and the same files in dist/package.

  --help   this text`;

/** The files in the package, and where each is in the project. */
const FILES = {
  'dist/index.cjs': 'dist/index.cjs',
  'host.json': 'host.json',
  'package.json': 'package.json',
  'THIRD_PARTY_NOTICES.txt': 'dist/THIRD_PARTY_NOTICES.txt',
};

/** One moment for every file: equal files make an equal package. */
const MODIFIED = new Date(1980, 0, 1);

await runCommand({ name: 'npm run package', usage: USAGE, parse: readNoArguments, run });

async function run(): Promise<void> {
  await bundleApp();
  const dir = path.join(projectDir, 'dist', 'package');
  await rm(dir, { recursive: true, force: true });
  const entries: Record<string, Uint8Array> = {};
  for (const [place, source] of Object.entries(FILES)) {
    const file = path.join(projectDir, source);
    entries[place] = await readFile(file);
    await mkdir(path.dirname(path.join(dir, place)), { recursive: true });
    await copyFile(file, path.join(dir, place));
  }
  const zip = zipSync(entries, { level: 9, mtime: MODIFIED });
  await writeFile(path.join(projectDir, 'dist', 'quartile-token-keeper.zip'), zip);
  const size = `${Math.round(zip.length / 1024)} KiB`;
  say(`Packed dist/quartile-token-keeper.zip, ${size}; the same files are in dist/package.`);
}
