import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { runSchedule, schedules } from './random.ts';

/** For a longer look: MODEL_RUNS=1000000 MODEL_SEED=7 */
const RUNS = Number(process.env.MODEL_RUNS ?? 2_000);
const seed = process.env.MODEL_SEED === undefined ? {} : { seed: Number(process.env.MODEL_SEED) };

describe('the model: the real use cases under random schedules', () => {
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
