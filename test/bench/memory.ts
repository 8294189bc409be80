/** Whether a process keeps something of each call, or of each rotation. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { type Bench, type Figure, medianStep, type Point } from './figures.ts';
import { onGround } from './ground.ts';
import { drive } from './load-generator.ts';

/** Enough to compile what is called often and to fill the row's history: both would look like growth, or hide it. */
const WARM_UP = { handOuts: 40_000, rotations: 1_000 };

const HAND_OUTS = { steps: 5, perStep: 20_000 };
const ROTATIONS = { steps: 3, perStep: 1_000 };

/** A rotation's deadline is held for 60 s, however early the rotation ends. What is held later is a leak. */
const SETTLE_MS = 62_000;

/**
 * In bytes. The heap varies by up to 100 KB from step to step, and sometimes jumps by a MB, once. The smallest object that
 * a call could leave has 16 bytes; a token pair has some thousand.
 */
const NO_GROWTH = { perHandOut: 10, perRotation: 500, ratio: 1.05 };

const memorySchema = z.object({ heapUsed: z.number(), external: z.number() });
const generationSchema = z.object({ generation: z.int() });

export async function measureMemory({ progress }: Pick<Bench, 'progress'>): Promise<readonly Figure[]> {
  return onGround(async ({ startHost }) => {
    const { url } = await startHost('bench', { settings: { FORCED_REFRESH_COOLDOWN_SECONDS: '0' } });
    const handOut = (answers: number) => drive(`${url}/api/token`, { answers });
    const rotateAndSettle = async (rotations: number) => {
      await rotate(url, rotations);
      await delay(SETTLE_MS);
    };
    await handOut(WARM_UP.handOuts);
    await rotateAndSettle(WARM_UP.rotations);
    const tell = (point: Point, what: string) =>
      progress(`${(point.value / 1e6).toFixed(3)} MB after ${point.after} ${what} more`);
    const handOuts = await observe(url, HAND_OUTS, handOut, (point) => tell(point, 'hand-outs'));
    const rotations = await observe(url, ROTATIONS, rotateAndSettle, (point) => tell(point, 'rotations'));
    return toFigures(handOuts, rotations);
  });
}

/** The bytes in use before the work, and after each step of it. */
async function observe(
  url: string,
  { steps, perStep }: { readonly steps: number; readonly perStep: number },
  work: (times: number) => Promise<unknown>,
  tell: (point: Point) => void,
): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (let step = 0; step <= steps; step += 1) {
    if (step > 0) await work(perStep);
    const point = { after: step * perStep, value: await readBytes(url) };
    points.push(point);
    tell(point);
  }
  return points;
}

function toFigures(handOuts: readonly Point[], rotations: readonly Point[]): readonly Figure[] {
  const [few, many] = [handOuts.at(0)?.value ?? NaN, rotations.at(-1)?.value ?? NaN];
  const { perHandOut, perRotation, ratio } = NO_GROWTH;
  const more = `${count(HAND_OUTS)} hand-outs and ${count(ROTATIONS)} rotations more`;
  return [
    { what: 'in use after a warm-up', value: few / 1e6, unit: 'MB' },
    { what: `after ${more}`, value: many / 1e6, unit: 'MB' },
    { what: 'growth per hand-out', value: medianStep(handOuts), unit: 'bytes', goal: { atMost: perHandOut } },
    { what: 'growth per rotation', value: medianStep(rotations), unit: 'bytes', goal: { atMost: perRotation } },
    { what: 'after all of it against after the warm-up', value: many / few, unit: '×', goal: { atMost: ratio } },
  ];
}

function count({ steps, perStep }: { readonly steps: number; readonly perStep: number }): string {
  return (steps * perStep).toLocaleString('en');
}

/** All bytes in use. Node counts the contents of buffers, which are outside of the heap, as `external`. */
async function readBytes(url: string): Promise<number> {
  const { heapUsed, external } = memorySchema.parse(await (await fetch(`${url}/api/bench/memory`)).json());
  return heapUsed + external;
}

async function rotate(url: string, rotations: number): Promise<void> {
  let { generation } = generationSchema.parse(await (await fetch(`${url}/api/token`)).json());
  for (let rotated = 0; rotated < rotations; rotated += 1) {
    const body = JSON.stringify({ generation });
    const answer = await fetch(`${url}/api/token/refresh`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`A rotation ended with ${answer.status}`);
    generation = generationSchema.parse(await answer.json()).generation;
  }
}
