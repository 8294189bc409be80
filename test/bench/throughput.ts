/** Callers of `GET /api/token`, against a function that does nothing, and one that reads the table for each of them. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../../src/local/child-process.ts';
import { CONNECTIONS } from './connections.ts';
import type { Bench, Figure } from './figure.ts';
import { type Ground, onGround } from './ground.ts';
import { type Drive, drive } from './load-generator.ts';
import { median, medianRatio } from './statistics.ts';

const bareServer = fileURLToPath(new URL('apps/bare-server.cjs', import.meta.url));

/**
 * Which of two functions of one process is faster is partly luck, of how they are compiled and laid out: of two with
 * the same code, one may be 10% ahead for as long as the process lives. Only many processes even that out.
 */
const HOSTS_PER_ROUND = 3;

const WARM_UP_MS = 750;

/** Short, and many of them: what else the machine does then strikes all targets alike. */
const SLICE_MS = 400;

/** Not counted: a process that has just done something else, or nothing, is slow at first. */
const LEAD_IN_MS = 100;

const targets = ['token', 'nothing', 'read', 'bare'] as const;
type Target = (typeof targets)[number];

const WARM_UP_ORDER: readonly Target[] = ['bare', 'token', 'read', 'nothing'];

/**
 * In these rows each comes once at each place, and once after each other: a Williams design, so that none gains by its
 * neighbours. From row to row, in this order and after that warm-up, all but `read` follow themselves, once, too.
 */
const ORDERS: readonly (readonly Target[])[] = [
  ['nothing', 'read', 'token', 'bare'],
  ['bare', 'token', 'read', 'nothing'],
  ['read', 'bare', 'nothing', 'token'],
  ['token', 'nothing', 'bare', 'read'],
];

export async function measureThroughput({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const drives: Record<Target, Drive[]> = { token: [], nothing: [], read: [], bare: [] };
    for (let round = 1; round <= rounds; round += 1) {
      for (let host = 0; host < HOSTS_PER_ROUND; host += 1) await driveNewHost(ground, drives);
      const rates = targets.map((target) => `${target} ${Math.round(median(ratesOf(drives[target])))}`);
      progress(`round ${round}: ${rates.join(', ')} per s`);
    }
    return toFigures(drives);
  });
}

async function driveNewHost(ground: Ground, drives: Record<Target, Drive[]>): Promise<void> {
  const host = await ground.startHost('bench');
  const body = await (await fetch(`${host.url}/api/token`)).text();
  await fetch(`${host.url}/api/bench/answer`, { method: 'POST', body });
  const bare = await startBareServer(body);
  const urls: Record<Target, string> = {
    token: `${host.url}/api/token`,
    nothing: `${host.url}/api/bench/nothing`,
    read: `${host.url}/api/bench/read`,
    bare: bare.url,
  };
  try {
    for (const target of WARM_UP_ORDER) await drive(urls[target], { durationMs: WARM_UP_MS });
    for (const target of ORDERS.flat()) {
      await drive(urls[target], { durationMs: LEAD_IN_MS });
      drives[target].push(await drive(urls[target], { durationMs: SLICE_MS }));
    }
  } finally {
    await bare.stop();
    await host.stop();
  }
}

function toFigures(drives: Record<Target, Drive[]>): readonly Figure[] {
  const names: Record<Target, string> = {
    token: 'GET /api/token',
    nothing: 'a function that does nothing',
    read: 'a function that reads the table',
    bare: "Node's bare server",
  };
  const perTarget = targets.flatMap((target): Figure[] => [
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
