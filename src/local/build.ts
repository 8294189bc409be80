// `npm run build`.
import { bundleApp } from './bundle.ts';
import { readNoArguments, runCommand, say } from './command.ts';

const USAGE = `Usage: npm run build

Bundles src/index.ts into dist/index.cjs, the file that every host loads.

  --help   this text`;

await runCommand({ name: 'npm run build', usage: USAGE, parse: readNoArguments, run });

async function run(): Promise<void> {
  say(`Built dist/index.cjs, ${Math.round((await bundleApp()) / 1024)} KiB.`);
}
