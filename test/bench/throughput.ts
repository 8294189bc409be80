/** Callers of `GET /api/token`, against a function of the same process that answers the same bytes and does nothing. */
import { type Bench, type Figure, median, medianRatio } from './figures.ts';
import { type Ground, onGround } from './ground.ts';
import { CONNECTIONS, type Drive, drive } from './load-generator.ts';

/**
 * Which of two functions of one process is faster depends partly on how they are compiled: with the same code, one may be
 * 10% ahead for as long as the process lives. Only several processes even that out.
 */
const HOSTS_PER_ROUND = 3;

const WARM_UP_MS = 750;

/** Short and many, so that other work on the machine slows both functions alike. */
const SLICE_MS = 400;
const SLICES_PER_HOST = 4;

/** Not counted: a process is slow right after doing something else. */
const LEAD_IN_MS = 100;

type Drives = { readonly token: Drive[]; readonly nothing: Drive[] };

export async function measureThroughput({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const drives: Drives = { token: [], nothing: [] };
    for (let round = 1; round <= rounds; round += 1) {
      for (let host = 0; host < HOSTS_PER_ROUND; host += 1) await driveNewHost(ground, drives);
      progress(`round ${round}: ${Math.round(median(ratesOf(drives.token)))} tokens per s`);
    }
    return toFigures(drives);
  });
}

async function driveNewHost(ground: Ground, drives: Drives): Promise<void> {
  const host = await ground.startHost('bench');
  const urls = { token: `${host.url}/api/token`, nothing: `${host.url}/api/bench/nothing` };
  const body = await (await fetch(urls.token)).text();
  await fetch(`${host.url}/api/bench/answer`, { method: 'POST', body });
  for (const url of Object.values(urls)) await drive(url, { durationMs: WARM_UP_MS });
  for (let slice = 0; slice < SLICES_PER_HOST; slice += 1) {
    const order = ['token', 'nothing'] as const;
    for (const name of slice % 2 === 0 ? order : order.toReversed()) {
      await drive(urls[name], { durationMs: LEAD_IN_MS });
      drives[name].push(await drive(urls[name], { durationMs: SLICE_MS }));
    }
  }
  await host.stop();
}

function toFigures({ token, nothing }: Drives): readonly Figure[] {
  const names = { token: 'GET /api/token', nothing: 'a function that does nothing' };
  const figures = Object.entries({ token, nothing }).flatMap(([name, drives]): Figure[] => [
    {
      what: `${name === 'token' ? names.token : names.nothing}, ${CONNECTIONS} connections`,
      value: median(ratesOf(drives)),
      unit: 'per s',
    },
    { what: 'p50', value: median(drives.map(({ p50Ms }) => p50Ms)), unit: 'ms' },
    { what: 'p99', value: median(drives.map(({ p99Ms }) => p99Ms)), unit: 'ms' },
  ]);
  const ratio = medianRatio(ratesOf(token), ratesOf(nothing));
  return [...figures, { what: 'token against nothing', value: ratio, unit: '×', goal: { atLeast: 0.85 } }];
}

function ratesOf(drives: readonly Drive[]): number[] {
  return drives.map(({ perSecond }) => perSecond);
}
