// `npm run pack:client`: packs the client alone, as callers install it.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { projectDir } from '../bundle.ts';
import { type Parsed, readArguments, runCommand } from '../command.ts';
import { buildClient } from './build-client.ts';

const USAGE = `Usage: npm run pack:client [-- --repository URL]

Builds the client, its types and its own package.json into dist/client, and runs npm pack there. The last line is the path
of the tarball, for npm install PATH.

  --repository URL   named in its package.json: npm publish --provenance requires it
  --help             this text`;

await runCommand({ name: 'npm run pack:client', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<string | undefined> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: { repository: { type: 'string' }, help: { type: 'boolean', default: false } },
    });
    if (values.help) return { kind: 'help' };
    const { repository } = values;
    if (repository === undefined || URL.canParse(repository)) return { kind: 'run', options: repository };
    return { kind: 'invalid', problem: '--repository takes a URL, such as git+https://github.com/OWNER/NAME.git.' };
  });
}

async function run(repository: string | undefined): Promise<void> {
  const npm = process.env.npm_execpath; // npm sets it for its scripts
  if (npm === undefined) throw new Error('Start this with npm: npm run pack:client.');
  const distDir = path.join(projectDir, 'dist');
  const cwd = path.join(distDir, 'client');
  await buildClient(cwd, repository);
  const args = [npm, 'pack', '--silent', '--offline', '--ignore-scripts', '--pack-destination', distDir];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  process.stdout.write(`${path.join(distDir, stdout.trim().split('\n').at(-1) ?? '')}\n`);
}
