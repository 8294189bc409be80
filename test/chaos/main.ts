// `npm run test:chaos`: real hosts, killed, stopped and cut off at each step of a rotation while callers poll them.
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/local/command.ts';
import { withoutLocalProxy } from '../../src/local/local-settings.ts';
import { runSearched } from '../canary/run-searched.ts';
import { parseOptions, USAGE } from './options.ts';

await runCommand({ name: 'npm run test:chaos', usage: USAGE, parse: parseOptions, run });

async function run(): Promise<void> {
  process.exitCode = await runSearched({
    args: [fileURLToPath(new URL('run-all.ts', import.meta.url)), ...process.argv.slice(2)],
    env: withoutLocalProxy(process.env),
    hasSecrets: true,
  });
}
