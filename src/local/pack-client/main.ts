// `npm run pack:client`: packs the client alone, as callers install it.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectDir } from '../bundle.ts';
import { type Parsed, readArguments, runCommand } from '../command.ts';
import { buildClient } from './build-client.ts';
import { runNpm } from './npm.ts';

const USAGE = `Usage: npm run pack:client [-- --repository URL]

Builds the client, its types and its own package.json into dist/client, and packs that. The last line is the path of
the tarball: npm install PATH.

  --repository URL   named in its package.json: npm publish --provenance wants it
  --help             this text`;

await runCommand({ name: 'npm run pack:client', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<{ readonly repository: string | undefined }> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: { repository: { type: 'string' }, help: { type: 'boolean', default: false } },
    });
    if (values.help) return { kind: 'help' };
    const { repository } = values;
    if (repository !== undefined && !URL.canParse(repository)) {
      return { kind: 'invalid', problem: '--repository takes a URL, such as git+https://github.com/OWNER/NAME.git.' };
    }
    return { kind: 'run', options: { repository } };
  });
}

async function run({ repository }: { readonly repository: string | undefined }): Promise<void> {
  const distDir = path.join(projectDir, 'dist');
  const clientDir = path.join(distDir, 'client');
  await buildClient(clientDir, repository);
  const output = await runNpm(['pack', '--silent', '--ignore-scripts', '--pack-destination', distDir], clientDir);
  process.stdout.write(`${path.join(distDir, output.trim().split('\n').at(-1) ?? '')}\n`);
}
