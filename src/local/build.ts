// `npm run build`.
import { bundleApp } from './bundle.ts';

process.stdout.write(`Built dist/index.cjs, ${Math.round((await bundleApp()) / 1024)} KiB.\n`);
