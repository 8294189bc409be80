/**
 * What the first answer costs beyond that of a hello-world function: CPU profiles of a host over each, from its start to its
 * end, by package and by folder of `src`.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { median, type Bench, type Figure } from './figures.ts';
import { type Ground, onGround } from './ground.ts';

/** Smaller differences are added up. */
const SMALLEST_MS = 1;

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.int(),
      callFrame: z.object({
        functionName: z.string(),
        url: z.string(),
        lineNumber: z.int(),
        columnNumber: z.int(),
      }),
    }),
  ),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()), // in µs
});

const mapSchema = z.object({
  version: z.int(),
  sources: z.array(z.string()),
  names: z.array(z.string()),
  mappings: z.string(),
});

type Frame = z.infer<typeof profileSchema>['nodes'][number]['callFrame'];

export async function measureBreakdown({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const map = await readMap(path.join(ground.folder, 'mapped', 'index.cjs.map'));
    const ours: Map<string, number>[] = [];
    const hello: Map<string, number>[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const [token, greeting] = [await profile(ground, 'mapped', round), await profile(ground, 'hello', round)];
      if (round === 0) continue; // makes the row, and warms up the disk's cache
      ours.push(shareOut(token, map));
      hello.push(shareOut(greeting));
      progress(`round ${round}`);
    }
    return toFigures(ours, hello);
  });
}

/** Starts a host, calls it once, stops it, and reads its profile. */
async function profile(ground: Ground, app: 'mapped' | 'hello', round: number): Promise<z.infer<typeof profileSchema>> {
  const dir = path.join(ground.folder, `${app}-${round}`);
  await mkdir(dir);
  const host = await ground.startHost(app, { settings: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${dir}` } });
  const answer = await fetch(`${host.url}/api/${app === 'hello' ? 'hello' : 'token'}`);
  await answer.text();
  await host.stop();
  if (!answer.ok) throw new Error(`The first answer was ${answer.status}`);
  const [file] = await readdir(dir);
  if (file === undefined) throw new Error('The host wrote no profile');
  return profileSchema.parse(JSON.parse(await readFile(path.join(dir, file), 'utf8')));
}

async function readMap(file: string): Promise<SourceMap> {
  const { version, sources, names, mappings } = mapSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  return new SourceMap({ file, version, sources, sourcesContent: [], names, mappings, sourceRoot: '' });
}

/** The milliseconds of each group of modules, by their own frames (not those they call). */
function shareOut({ nodes, samples, timeDeltas }: z.infer<typeof profileSchema>, map?: SourceMap): Map<string, number> {
  const groups = new Map(nodes.map(({ id, callFrame }) => [id, groupOf(callFrame, map)]));
  const shares = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const group = groups.get(id);
    if (group !== undefined) shares.set(group, (shares.get(group) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  return shares;
}

/** @returns `undefined` if the process only waits */
function groupOf({ functionName, url, lineNumber, columnNumber }: Frame, map?: SourceMap): string | undefined {
  if (functionName === '(idle)' || functionName === '(root)') return undefined;
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (/^(wrapSafe|compileFunctionForCJSLoader)$/.test(functionName)) return 'Node: compiling the bundle';
  if (url.startsWith('node:')) return 'Node: its own modules';
  if (url === '') return 'Node: native code';
  const isBundle = url.endsWith('index.cjs');
  const entry = isBundle ? map?.findEntry(lineNumber, columnNumber) : undefined;
  const source = entry && 'originalSource' in entry ? String(entry.originalSource) : isBundle ? 'esbuild' : fileOf(url);
  const [, packageName] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source) ?? [];
  if (packageName !== undefined) return packageName;
  const [, folder] = /\bsrc\/([^/]+)\//.exec(source) ?? [];
  if (folder === 'local') return 'the built-in host';
  return isBundle ? `src/${folder ?? 'index.ts'}` : 'the built-in host';
}

function fileOf(url: string): string {
  return url.startsWith('file:') ? fileURLToPath(url) : url;
}

/** By group, how much more the token costs than the greeting. */
function toFigures(ours: readonly ReadonlyMap<string, number>[], hello: typeof ours): Figure[] {
  const groups = [...new Set([...ours, ...hello].flatMap((share) => [...share.keys()]))];
  const medianOf = (shares: typeof ours, group: string) => median(shares.map((share) => share.get(group) ?? 0));
  const all = groups.map((group) => ({ group, ms: medianOf(ours, group) - medianOf(hello, group) }));
  const large = all.filter(({ ms }) => Math.abs(ms) >= SMALLEST_MS).toSorted((a, b) => b.ms - a.ms);
  const restMs = all.reduce((sum, { ms }) => (Math.abs(ms) < SMALLEST_MS ? sum + ms : sum), 0);
  const totalMs = all.reduce((sum, { ms }) => sum + ms, 0);
  return [
    { group: 'CPU of a token beyond hello-world', ms: totalMs },
    ...large,
    { group: 'all others', ms: restMs },
  ].map(({ group, ms }) => ({ what: group, value: ms, unit: 'ms' }));
}
