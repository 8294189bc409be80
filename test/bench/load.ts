/** How long the app takes to load, up to all functions registered, in a process that has loaded nothing yet. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { projectDir } from '../../src/local/bundle.ts';
import { bareEnv } from '../e2e/running-host.ts';
import { HELLO_FILE, makeApps } from './bundled-apps.ts';
import { compileSources } from './compiled-sources.ts';
import type { Bench, Figure } from './figure.ts';
import { median, medianRatio } from './statistics.ts';

const loader = fileURLToPath(new URL('apps/load.cjs', import.meta.url));
const loadedSchema = z.object({ ms: z.number(), functions: z.int().positive() });

/** Loads are short, and what disturbs one is long: many of them. */
const LOADS_PER_ROUND = 9;

type What = 'app' | 'hello' | 'sources' | 'compiled';
type Times = Readonly<Record<What, number[]>>;

export async function measureLoad(bench: Bench): Promise<readonly Figure[]> {
  const [apps, compiled] = await Promise.all([makeApps(), compileSources()]);
  const files: Record<What, string> = {
    app: path.join(projectDir, 'dist', 'index.cjs'),
    hello: path.join(apps.folders.hello, HELLO_FILE),
    sources: path.join(projectDir, 'src', 'index.ts'),
    compiled: compiled.entryFile,
  };
  try {
    return toFigures(await loadAll(files, bench));
  } finally {
    apps.remove();
    compiled.remove();
  }
}

async function loadAll(files: Record<What, string>, { rounds, progress }: Bench): Promise<Times> {
  const times: Times = { app: [], hello: [], sources: [], compiled: [] };
  const names = ['app', 'hello', 'sources', 'compiled'] as const;
  for (const name of names) await load(files[name]); // the disk's cache is warm from here on
  for (let round = 1; round <= rounds; round += 1) {
    for (let loads = 0; loads < LOADS_PER_ROUND; loads += 1) {
      for (const name of names) times[name].push(await load(files[name]));
    }
    progress(`round ${round}: ${names.map((name) => `${name} ${median(times[name]).toFixed(1)}`).join(', ')} ms`);
  }
  return times;
}

/** Node strips types with WebAssembly, which it has to start first: most of what it needs for the sources as they are. */
function toFigures({ app, hello, sources, compiled }: Times): readonly Figure[] {
  return [
    { what: 'the app', value: median(app), unit: 'ms' },
    { what: 'a hello-world function, bundled alike', value: median(hello), unit: 'ms' },
    { what: 'our sources, unbundled, types stripped by Node', value: median(sources), unit: 'ms' },
    { what: 'our sources, unbundled, compiled before', value: median(compiled), unit: 'ms' },
    { what: 'app against hello-world', value: medianRatio(app, hello), unit: '×', goal: { atMost: 1.5 } },
    { what: 'app against sources as they are', value: medianRatio(app, sources), unit: '×', goal: { atMost: 0.3 } },
    {
      what: 'app against sources compiled before',
      value: medianRatio(app, compiled),
      unit: '×',
      goal: { atMost: 0.3 },
    },
    { what: 'hello-world against sources compiled before', value: medianRatio(hello, compiled), unit: '×' },
  ];
}

async function load(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [loader, file], { env: bareEnv() });
  return loadedSchema.parse(JSON.parse(stdout)).ms;
}
