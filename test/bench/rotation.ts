/** What callers notice of a rotation, while their token lives: the claim, the wait for Quartile, and the save. */
import { z } from 'zod';
import type { Bench, Figure } from './figure.ts';
import { onGround } from './ground.ts';
import { type Drive, drive } from './load-generator.ts';
import { median, medianRatio } from './statistics.ts';

/** Quartile takes so long; the callers keep calling a little longer. */
const UPSTREAM_MS = 1_500;
const ROUND_MS = 2_000;

const generationSchema = z.object({ generation: z.int() });

export async function measureRotation({ rounds, progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async ({ simulator, startHost }) => {
    const { url } = await startHost('built', { settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    const call = () => drive(`${url}/api/token`, { durationMs: ROUND_MS });
    await call();
    const quiet: Drive[] = [];
    const rotating: Drive[] = [];
    const measureQuiet = async () => quiet.push(await call());
    const measureRotating = async () => {
      simulator.addFault({ on: 'any', fault: { kind: 'delay', ms: UPSTREAM_MS } });
      const { generation } = generationSchema.parse(await (await fetch(`${url}/api/token`)).json());
      const body = JSON.stringify({ generation });
      const [drove, rotated] = await Promise.all([call(), fetch(`${url}/api/token/refresh`, { method: 'POST', body })]);
      if (!rotated.ok) throw new Error(`The rotation ended with ${rotated.status}`);
      rotating.push(drove);
    };
    for (let round = 1; round <= rounds; round += 1) {
      const pair = [measureQuiet, measureRotating];
      for (const measure of round % 2 === 0 ? pair.toReversed() : pair) await measure();
      progress(
        `round ${round}: p99 ${quiet.at(-1)?.p99Ms.toFixed(2)}, rotating ${rotating.at(-1)?.p99Ms.toFixed(2)} ms`,
      );
    }
    const p99 = (drives: readonly Drive[]) => drives.map(({ p99Ms }) => p99Ms);
    return [
      { what: 'p99 while nothing rotates', value: median(p99(quiet)), unit: 'ms' },
      { what: 'p99 while a rotation runs', value: median(p99(rotating)), unit: 'ms' },
      { what: 'rotating against not', value: medianRatio(p99(rotating), p99(quiet)), unit: '×', goal: { atMost: 1.2 } },
    ];
  });
}
