/** What callers notice of a rotation, while their token lives: the claim, the wait for Quartile, and the save. */
import { z } from 'zod';
import type { Bench, Figure } from './figure.ts';
import { type Ground, onGround, slowUpstream, UPSTREAM_MS } from './ground.ts';
import { type Drive, driveAtRate } from './load-generator.ts';
import { median, medianRatio } from './statistics.ts';

/** A twentieth of what the host can do, for a little longer than a rotation takes. */
const PACE = { perSecond: 500, durationMs: UPSTREAM_MS + 500 };

/**
 * Of each kind and round. The calmest counts: a neighbour who takes the machine for 20 ms is a hundredth of a slice, and
 * more than all of p99. What a rotation does to callers, it does in every slice.
 */
const SLICES_PER_ROUND = 4;

const generationSchema = z.object({ generation: z.int() });

/** By rounds. */
type Slices = { readonly quiet: Drive[][]; readonly rotating: Drive[][] };

export async function measureRotation({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const { url } = await ground.startHost('built', { settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    const call = () => driveAtRate(`${url}/api/token`, PACE);
    await call();
    const slices: Slices = { quiet: [], rotating: [] };
    for (let round = 1; round <= rounds; round += 1) {
      const quiet: Drive[] = [];
      const rotating: Drive[] = [];
      const measureQuiet = async () => quiet.push(await call());
      const measureRotating = async () => rotating.push(await callMeanwhile(ground, url, call));
      for (let slice = 0; slice < SLICES_PER_ROUND; slice += 1) {
        const pair = [measureQuiet, measureRotating];
        for (const measure of (round + slice) % 2 === 0 ? pair : pair.toReversed()) await measure();
      }
      slices.quiet.push(quiet);
      slices.rotating.push(rotating);
      progress(
        `round ${round}: p99 ${calmestP99Ms(quiet).toFixed(2)}, rotating ${calmestP99Ms(rotating).toFixed(2)} ms`,
      );
    }
    return toFigures(slices);
  });
}

/** Calls from before a rotation until after it. */
async function callMeanwhile(ground: Ground, url: string, call: () => Promise<Drive>): Promise<Drive> {
  slowUpstream(ground);
  const { generation } = generationSchema.parse(await (await fetch(`${url}/api/token`)).json());
  const body = JSON.stringify({ generation });
  const [drove, rotated] = await Promise.all([call(), fetch(`${url}/api/token/refresh`, { method: 'POST', body })]);
  if (!rotated.ok) throw new Error(`The rotation ended with ${rotated.status}`);
  return drove;
}

function toFigures({ quiet, rotating }: Slices): readonly Figure[] {
  const [quietMs, rotatingMs] = [quiet.map(calmestP99Ms), rotating.map(calmestP99Ms)];
  const calls = `${PACE.perSecond} calls per s`;
  return [
    { what: `p99 while nothing rotates, ${calls}`, value: median(quietMs), unit: 'ms' },
    { what: `p99 while a rotation runs, ${calls}`, value: median(rotatingMs), unit: 'ms' },
    { what: 'the slowest call of all while nothing rotates', value: slowestMs(quiet), unit: 'ms' },
    { what: 'the slowest call of all while a rotation runs', value: slowestMs(rotating), unit: 'ms' },
    { what: 'rotating against not, p99', value: medianRatio(rotatingMs, quietMs), unit: '×', goal: { atMost: 1.2 } },
  ];
}

function calmestP99Ms(slices: readonly Drive[]): number {
  return Math.min(...slices.map(({ p99Ms }) => p99Ms));
}

function slowestMs(rounds: readonly (readonly Drive[])[]): number {
  return Math.max(...rounds.flat().map(({ maxMs }) => maxMs));
}
