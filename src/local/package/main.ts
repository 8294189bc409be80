// `npm run package`: builds the app, and packs what is deployed.
import path from 'node:path';
import { bundleApp, projectDir } from '../bundle.ts';
import { readNoArguments, runCommand } from '../command.ts';
import { packageApp } from './package-app.ts';

const USAGE = `Usage: npm run package

Builds the app and packs what is deployed: dist/quartile-token-keeper.zip, and the same files in dist/package.

  --help   this text`;

await runCommand({ name: 'npm run package', usage: USAGE, parse: readNoArguments, run });

async function run(): Promise<void> {
  await bundleApp();
  const { zip, dir, bytes } = await packageApp(path.join(projectDir, 'dist'));
  const size = `${Math.round(bytes / 1024)} KiB`;
  process.stdout.write(`Packed ${shown(zip)}, ${size}; the same files are in ${shown(dir)}.\n`);
}

function shown(file: string): string {
  return path.relative(projectDir, file);
}
