/** How long the app takes to load, up to all functions registered, in a process that has loaded nothing yet. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { projectDir } from '../../src/local/bundle.ts';
import { bareEnv } from '../e2e/running-host.ts';
import { HELLO_FILE, makeApps } from './bundled-apps.ts';
import type { Bench, Figure } from './figure.ts';
import { median, medianRatio } from './statistics.ts';

const loader = fileURLToPath(new URL('apps/load.cjs', import.meta.url));
const loadedSchema = z.object({ ms: z.number(), functions: z.int().positive() });

/** Loads are short, and what disturbs one is long: many of them. */
const LOADS_PER_ROUND = 9;

export async function measureLoad({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  const { folders, remove } = await makeApps();
  const files = {
    app: path.join(projectDir, 'dist', 'index.cjs'),
    hello: path.join(folders.hello, HELLO_FILE),
    sources: path.join(projectDir, 'src', 'index.ts'),
  };
  const times = { app: [] as number[], hello: [] as number[], sources: [] as number[] };
  const names = ['app', 'hello', 'sources'] as const;
  for (const name of names) await load(files[name]); // the disk's cache is warm from here on
  for (let round = 1; round <= rounds; round += 1) {
    for (let loads = 0; loads < LOADS_PER_ROUND; loads += 1) {
      for (const name of names) times[name].push(await load(files[name]));
    }
    progress(`round ${round}: ${names.map((name) => `${name} ${median(times[name]).toFixed(1)}`).join(', ')} ms`);
  }
  await remove();
  return [
    { what: 'the app', value: median(times.app), unit: 'ms' },
    { what: 'a hello-world function, bundled alike', value: median(times.hello), unit: 'ms' },
    { what: 'our sources, unbundled', value: median(times.sources), unit: 'ms' },
    { what: 'app against hello-world', value: medianRatio(times.app, times.hello), unit: '×', goal: { atMost: 1.5 } },
    { what: 'app against sources', value: medianRatio(times.app, times.sources), unit: '×', goal: { atMost: 0.3 } },
  ];
}

async function load(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [loader, file], { env: bareEnv() });
  return loadedSchema.parse(JSON.parse(stdout)).ms;
}
