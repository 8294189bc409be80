import { describe, it, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { type Bounds, explore, type Scene } from './exhaustive.ts';
import { runSchedule, schedules } from './random.ts';

/** For a longer look: MODEL_SWITCHES=99 (all of them: over a million schedules) MODEL_RUNS=1000000 MODEL_SEED=7 */
const SWITCHES = Number(process.env.MODEL_SWITCHES ?? 3);
const RUNS = Number(process.env.MODEL_RUNS ?? 2_000);
const seed = process.env.MODEL_SEED === undefined ? {} : { seed: Number(process.env.MODEL_SEED) };

async function exploreScene(test: TestContext, scene: Scene, bounds: Bounds): Promise<void> {
  const steps: string[] = [];
  try {
    const { schedules: count, moves } = await explore(scene, bounds, steps);
    test.diagnostic(`${count} schedules, ${moves} moves`);
  } catch (error) {
    throw new Error(`${String(error)}\n  ${steps.join('\n  ')}`, { cause: error });
  }
}

describe('the model: the real use cases under every schedule', () => {
  const slowRefreshes: readonly Scene[] = [
    { start: 'due', jobs: ['tick', 'tick'] },
    { start: 'dead', jobs: ['tick', 'call'] },
  ];
  for (const scene of slowRefreshes) {
    const what = `${scene.jobs.join(' and ')} on a row that is ${scene.start}`;
    it(`holds while heartbeats are sent, one fault anywhere: ${what}`, async (test) => {
      await exploreScene(test, scene, { switches: 1, faults: 1, pauses: 2 });
    });
  }

  const scenes: readonly Scene[] = [
    { start: 'due', jobs: ['tick', 'tick'] },
    { start: 'empty', jobs: ['tick', 'tick'] },
    { start: 'dead', jobs: ['tick', 'call'] },
  ];
  for (const scene of scenes) {
    const what = `${scene.jobs.join(' and ')} on a row that is ${scene.start}`;
    it(`holds for two workers, one fault anywhere, up to ${SWITCHES} switches: ${what}`, async (test) => {
      await exploreScene(test, scene, { switches: SWITCHES, faults: 1, pauses: 0 });
    });
  }

  it(`holds for ${RUNS} schedules at random, 2 to 5 workers, any number of faults`, async (test) => {
    const property = fc.asyncProperty(schedules, async ({ options, choices }) => {
      const steps: string[] = [];
      try {
        await runSchedule(options, choices, steps);
      } catch (error) {
        throw new Error(`${String(error)}\n  ${steps.join('\n  ')}`, { cause: error });
      }
    });
    const result = await fc.check(property, { numRuns: RUNS, ...seed, endOnFailure: false });
    test.diagnostic(`seed ${result.seed}, ${result.numRuns} schedules`);
    const error: unknown = result.errorInstance;
    if (result.failed) throw new Error(`seed ${result.seed}, path ${result.counterexamplePath}\n${String(error)}`);
  });
});
