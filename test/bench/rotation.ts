/** What callers notice of a rotation while their token is valid: the claim, the wait for Quartile, and the save. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { type Bench, type Figure, median, medianRatio, percentile } from './figures.ts';
import { type Ground, onGround, slowUpstream, UPSTREAM_MS } from './ground.ts';
import { CONNECTIONS, type Drive, drive, driveAtRate } from './load-generator.ts';

/** A little longer than a rotation takes. */
const SLICE_MS = UPSTREAM_MS + 500;

/** How long the calls run before the rotation starts, so that opening connections is not part of it. */
const LEAD_MS = 100;

/** Of each kind in each round, in turns. */
const SLICES_PER_ROUND = 3;

type Load = { readonly name: string; readonly call: (url: string) => Promise<Drive> };

/** First, because it also warms the host up: while code is being compiled, p99 shows that. */
const closedLoop: Load = {
  name: `${CONNECTIONS} connections`,
  call: (url) => drive(url, { durationMs: SLICE_MS }),
};
/**
 * Shows a host that stands still, while a closed loop only asks less. Slow enough that p99 shows rotations: a pause of the
 * garbage collector takes 5 to 15 ms, and at 500 calls per second such pauses fill a hundredth of the time.
 */
const openLoop: Load = {
  name: '200 calls per s',
  call: (url) => driveAtRate(url, { perSecond: 200, durationMs: SLICE_MS }),
};

const generationSchema = z.object({ generation: z.int() });

/** For each round, the times of all calls of a kind. */
type Rounds = { readonly quiet: number[][]; readonly rotating: number[][] };

export async function measureRotation(bench: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const { url } = await ground.startHost('built', { settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    const underClosedLoop = await measureUnder(closedLoop, { ground, url, bench });
    const underOpenLoop = await measureUnder(openLoop, { ground, url, bench });
    return [
      ...toFigures(closedLoop, underClosedLoop),
      ...toFigures(openLoop, underOpenLoop),
      { what: 'the slowest of them while nothing rotates', value: slowestMs(underOpenLoop.quiet), unit: 'ms' },
      { what: 'the slowest of them while a rotation runs', value: slowestMs(underOpenLoop.rotating), unit: 'ms' },
    ];
  });
}

type Scene = { readonly ground: Ground; readonly url: string; readonly bench: Bench };

async function measureUnder(load: Load, { ground, url, bench }: Scene): Promise<Rounds> {
  const call = () => load.call(`${url}/api/token`);
  await call();
  const all: Rounds = { quiet: [], rotating: [] };
  for (let round = 1; round <= bench.rounds; round += 1) {
    const quiet: number[] = [];
    const rotating: number[] = [];
    const measureQuiet = async () => quiet.push(...(await call()).timesMs);
    const measureRotating = async () => rotating.push(...(await callMeanwhile(ground, url, call)).timesMs);
    for (let slice = 0; slice < SLICES_PER_ROUND; slice += 1) {
      const pair = [measureQuiet, measureRotating];
      for (const measure of (round + slice) % 2 === 0 ? pair : pair.toReversed()) await measure();
    }
    all.quiet.push(quiet);
    all.rotating.push(rotating);
    bench.progress(
      `${load.name}, round ${round}: p99 ${p99(quiet).toFixed(2)}, rotating ${p99(rotating).toFixed(2)} ms`,
    );
  }
  return all;
}

/** Calls from before a rotation until after it. */
async function callMeanwhile(ground: Ground, url: string, call: () => Promise<Drive>): Promise<Drive> {
  slowUpstream(ground);
  const { generation } = generationSchema.parse(await (await fetch(`${url}/api/token`)).json());
  const body = JSON.stringify({ generation });
  const calls = call();
  const rotation = delay(LEAD_MS).then(() => fetch(`${url}/api/token/refresh`, { method: 'POST', body }));
  const [drove, { ok, status }] = await Promise.all([calls, rotation]);
  if (!ok) throw new Error(`The rotation ended with ${status}`);
  return drove;
}

function toFigures({ name }: Load, { quiet, rotating }: Rounds): readonly Figure[] {
  const [quietMs, rotatingMs] = [quiet.map(p99), rotating.map(p99)];
  const ratio = medianRatio(rotatingMs, quietMs);
  return [
    { what: `p99 while nothing rotates, ${name}`, value: median(quietMs), unit: 'ms' },
    { what: `p99 while a rotation runs, ${name}`, value: median(rotatingMs), unit: 'ms' },
    { what: `rotating against not, p99, ${name}`, value: ratio, unit: '×', goal: { atMost: 1.2 } },
  ];
}

function p99(timesMs: readonly number[]): number {
  return percentile(timesMs, 99);
}

function slowestMs(rounds: readonly (readonly number[])[]): number {
  return Math.max(...rounds.map((timesMs) => percentile(timesMs, 100)));
}
