/** Callers of `GET /api/token`, against a function that does nothing, and one that reads the table for each of them. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../../src/local/child-process.ts';
import { CONNECTIONS } from './connections.ts';
import type { Bench, Figure } from './figure.ts';
import { onGround } from './ground.ts';
import { type Drive, drive } from './load-generator.ts';
import { median, medianRatio } from './statistics.ts';

const bareServer = fileURLToPath(new URL('apps/bare-server.cjs', import.meta.url));

const WARM_UP_MS = 1_500;

/** Short, and many of them: what else the machine does then strikes all targets alike. */
const SLICE_MS = 500;
const SLICES_PER_ROUND = 4;

type Target = 'token' | 'nothing' | 'read' | 'bare';

export async function measureThroughput(bench: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const { url } = await ground.startHost('bench');
    const body = await (await fetch(`${url}/api/token`)).text();
    await fetch(`${url}/api/bench/answer`, { method: 'POST', body });
    const bare = await startBareServer(body);
    const urls: Record<Target, string> = {
      token: `${url}/api/token`,
      nothing: `${url}/api/bench/nothing`,
      read: `${url}/api/bench/read`,
      bare: bare.url,
    };
    try {
      return toFigures(await driveAll(urls, bench));
    } finally {
      await bare.stop();
    }
  });
}

async function driveAll(urls: Record<Target, string>, bench: Bench): Promise<Record<Target, Drive[]>> {
  const drives: Record<Target, Drive[]> = { token: [], nothing: [], read: [], bare: [] };
  const targets = ['token', 'nothing', 'read', 'bare'] as const;
  for (const target of targets) await drive(urls[target], { durationMs: WARM_UP_MS });
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (let slice = 0; slice < SLICES_PER_ROUND; slice += 1) {
      // In turns from the front and from the back: what grows meanwhile is not always the same one's burden.
      for (const target of slice % 2 === 0 ? targets : targets.toReversed()) {
        drives[target].push(await drive(urls[target], { durationMs: SLICE_MS }));
      }
    }
    const rates = targets.map((target) => `${target} ${Math.round(median(ratesOf(drives[target])))}`);
    bench.progress(`round ${round}: ${rates.join(', ')} per s`);
  }
  return drives;
}

function toFigures(drives: Record<Target, Drive[]>): readonly Figure[] {
  const names: Record<Target, string> = {
    token: 'GET /api/token',
    nothing: 'a function that does nothing',
    read: 'a function that reads the table',
    bare: "Node's bare server",
  };
  const perTarget = (['token', 'nothing', 'read', 'bare'] as const).flatMap((target): Figure[] => [
    { what: `${names[target]}, ${CONNECTIONS} connections`, value: median(ratesOf(drives[target])), unit: 'per s' },
    { what: `${names[target]}, p50`, value: median(drives[target].map(({ p50Ms }) => p50Ms)), unit: 'ms' },
    { what: `${names[target]}, p99`, value: median(drives[target].map(({ p99Ms }) => p99Ms)), unit: 'ms' },
  ]);
  const ratio = (target: Target, to: Target) => medianRatio(ratesOf(drives[target]), ratesOf(drives[to]));
  return [
    ...perTarget,
    { what: 'token against nothing', value: ratio('token', 'nothing'), unit: '×', goal: { atLeast: 0.9 } },
    { what: 'token against reading the table', value: ratio('token', 'read'), unit: '×', goal: { atLeast: 2.5 } },
    { what: "nothing, in the host, against Node's bare server", value: ratio('nothing', 'bare'), unit: '×' },
  ];
}

function ratesOf(drives: readonly Drive[]): number[] {
  return drives.map(({ perSecond }) => perSecond);
}

async function startBareServer(body: string): Promise<{ url: string; stop(): Promise<void> }> {
  const server = await startProcess(process.execPath, [bareServer], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  server.process.send(body);
  const [url]: unknown[] = await once(server.process, 'message');
  return { url: String(url), stop: () => server.stop() };
}
