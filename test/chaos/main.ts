// `npm run test:chaos`: real hosts, killed, stopped and cut off at each step of a rotation while callers poll them.
import { fileURLToPath } from 'node:url';
import { withoutLocalProxy } from '../../src/local/no-proxy.ts';
import { runSearched } from '../canary/run-searched.ts';
import { parseOptions, USAGE } from './options.ts';

const args = process.argv.slice(2);
const parsed = parseOptions(args);
switch (parsed.kind) {
  case 'help':
    process.stdout.write(`${USAGE}\n`);
    break;
  case 'invalid':
    process.stderr.write(`${parsed.problem} See \`npm run test:chaos -- --help\`.\n`);
    process.exitCode = 1;
    break;
  case 'run':
    process.exitCode = await runSearched({
      args: [fileURLToPath(new URL('run-all.ts', import.meta.url)), ...args],
      env: withoutLocalProxy(process.env),
      stdout: process.stdout,
      stderr: process.stderr,
      hasSecrets: true,
    });
    break;
}
