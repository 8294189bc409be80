// `npm run pack:client`: packs the client alone, as callers install it.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectDir } from '../bundle.ts';
import { buildClient } from './build-client.ts';
import { runNpm } from './npm.ts';

const USAGE = `Usage: npm run pack:client [-- --repository URL]

Builds the client, its types and its own package.json into dist/client, and packs that. The last line is the path of
the tarball: npm install PATH.

  --repository URL   named in its package.json: npm publish --provenance wants it
  --help             this text`;

try {
  const { values } = parseArgs({
    options: { repository: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  process.stdout.write(values.help ? `${USAGE}\n` : await run(values.repository));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function run(repository: string | undefined): Promise<string> {
  const distDir = path.join(projectDir, 'dist');
  const clientDir = path.join(distDir, 'client');
  await buildClient(clientDir, repository);
  const output = await runNpm(['pack', '--silent', '--ignore-scripts', '--pack-destination', distDir], clientDir);
  return `${path.join(distDir, output.trim().split('\n').at(-1) ?? '')}\n`;
}
