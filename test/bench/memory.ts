/** Whether a process that has done a lot keeps more than one that has done little. */
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Bench, Figure } from './figure.ts';
import { onGround } from './ground.ts';
import { drive } from './load-generator.ts';

const FEW = { handOuts: 1_000, rotations: 50 }; // the row's history is full by then
const MANY = { handOuts: 100_000, rotations: 1_000 };
const STEPS = 10;

/** A rotation's deadline is held for its 60 s, however early the rotation ends: what is held after that is kept. */
const SETTLE_MS = 65_000;

/** The heap breathes by a little, whatever it holds: its code, its statistics. */
const NO_GROWTH = 1.05;

const memorySchema = z.object({ heapUsed: z.number() });
const generationSchema = z.object({ generation: z.int() });

export async function measureMemory({ progress }: Bench): Promise<readonly Figure[]> {
  return onGround(async ({ startHost }) => {
    const { url } = await startHost('bench', { settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    const readMb = async () => memorySchema.parse(await (await fetch(`${url}/api/bench/memory`)).json()).heapUsed / 1e6;
    await work(url, FEW);
    await delay(SETTLE_MS);
    const fewMb = await readMb();
    progress(`${fewMb.toFixed(2)} MB after ${FEW.handOuts} hand-outs and ${FEW.rotations} rotations`);
    const step = { handOuts: MANY.handOuts / STEPS, rotations: MANY.rotations / STEPS };
    let manyMb = fewMb;
    for (let steps = 1; steps <= STEPS; steps += 1) {
      await work(url, step);
      manyMb = await readMb();
      progress(
        `${manyMb.toFixed(2)} MB after ${steps * step.handOuts} hand-outs and ${steps * step.rotations} rotations more`,
      );
    }
    await delay(SETTLE_MS);
    manyMb = await readMb();
    return [
      { what: 'heap after 1,000 hand-outs and 50 rotations', value: fewMb, unit: 'MB' },
      { what: 'heap after 100,000 and 1,000 more', value: manyMb, unit: 'MB' },
      { what: 'many against few', value: manyMb / fewMb, unit: '×', goal: { atMost: NO_GROWTH } },
    ];
  });
}

async function work(url: string, { handOuts, rotations }: { handOuts: number; rotations: number }): Promise<void> {
  await drive(`${url}/api/token`, { answers: handOuts });
  let { generation } = generationSchema.parse(await (await fetch(`${url}/api/token`)).json());
  for (let rotated = 0; rotated < rotations; rotated += 1) {
    const body = JSON.stringify({ generation });
    const answer = await fetch(`${url}/api/token/refresh`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`A rotation ended with ${answer.status}`);
    generation = generationSchema.parse(await answer.json()).generation;
  }
}
