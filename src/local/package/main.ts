// `npm run package`: builds the app, and packs what is deployed.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundleApp, projectDir } from '../bundle.ts';
import { packageApp } from './package-app.ts';

const USAGE = `Usage: npm run package

Builds the app and packs what is deployed: dist/quartile-token-keeper.zip, and the same files in dist/package.

  --help   this text`;

try {
  const { values } = parseArgs({ options: { help: { type: 'boolean', default: false } } });
  process.stdout.write(values.help ? `${USAGE}\n` : await run());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function run(): Promise<string> {
  await bundleApp();
  const { zip, dir, bytes } = await packageApp(path.join(projectDir, 'dist'));
  return `Packed ${shown(zip)}, ${Math.round(bytes / 1024)} KiB; the same files are in ${shown(dir)}.\n`;
}

function shown(file: string): string {
  return path.relative(projectDir, file);
}
