/** What callers notice of a rotation, while their token lives: the claim, the wait for Quartile, and the save. */
import { z } from 'zod';
import type { Bench, Figure } from './figure.ts';
import { onGround, slowUpstream, UPSTREAM_MS } from './ground.ts';
import { type Drive, driveAtRate } from './load-generator.ts';
import { median, medianRatio } from './statistics.ts';

/** A twentieth of what the host can do, for a little longer than a rotation takes. */
const PACE = { perSecond: 500, durationMs: UPSTREAM_MS + 500 };

/** A neighbour who takes the machine for a tenth of a second spoils one pair. */
const PAIRS_PER_ROUND = 3;

const generationSchema = z.object({ generation: z.int() });

type Slices = { readonly quiet: Drive[]; readonly rotating: Drive[] };

export async function measureRotation({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async (ground) => {
    const { url } = await ground.startHost('built', { settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    const call = () => driveAtRate(`${url}/api/token`, PACE);
    await call();
    const slices: Slices = { quiet: [], rotating: [] };
    const measureQuiet = async () => slices.quiet.push(await call());
    const measureRotating = async () => {
      slowUpstream(ground);
      const { generation } = generationSchema.parse(await (await fetch(`${url}/api/token`)).json());
      const body = JSON.stringify({ generation });
      const [drove, rotated] = await Promise.all([call(), fetch(`${url}/api/token/refresh`, { method: 'POST', body })]);
      if (!rotated.ok) throw new Error(`The rotation ended with ${rotated.status}`);
      slices.rotating.push(drove);
    };
    for (let round = 1; round <= rounds; round += 1) {
      for (let pairs = 0; pairs < PAIRS_PER_ROUND; pairs += 1) {
        const pair = [measureQuiet, measureRotating];
        for (const measure of (round + pairs) % 2 === 0 ? pair : pair.toReversed()) await measure();
      }
      const [quiet, rotating] = [p99s(slices.quiet), p99s(slices.rotating)].map((times) => median(times).toFixed(2));
      progress(`round ${round}: p99 ${quiet}, rotating ${rotating} ms`);
    }
    return toFigures(slices);
  });
}

function toFigures({ quiet, rotating }: Slices): readonly Figure[] {
  const calls = `${PACE.perSecond} calls per s`;
  return [
    { what: `p99 while nothing rotates, ${calls}`, value: median(p99s(quiet)), unit: 'ms' },
    { what: `p99 while a rotation runs, ${calls}`, value: median(p99s(rotating)), unit: 'ms' },
    { what: 'the slowest call while nothing rotates', value: median(maxima(quiet)), unit: 'ms' },
    { what: 'the slowest call while a rotation runs', value: median(maxima(rotating)), unit: 'ms' },
    {
      what: 'rotating against not, p99',
      value: medianRatio(p99s(rotating), p99s(quiet)),
      unit: '×',
      goal: { atMost: 1.2 },
    },
  ];
}

function p99s(drives: readonly Drive[]): number[] {
  return drives.map(({ p99Ms }) => p99Ms);
}

function maxima(drives: readonly Drive[]): number[] {
  return drives.map(({ maxMs }) => maxMs);
}
