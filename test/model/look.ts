// Looks for a violation, first exhaustively, then at random, and prints the invariant that was violated: what
// `npm run test:mutants` runs over each broken copy of the code.
import * as fc from 'fast-check';
import { explore } from './exhaustive.ts';
import { InvariantViolation } from './invariants.ts';
import { runSchedule, schedules } from './random.ts';

const RANDOM_SCHEDULES = 20_000;

async function look(): Promise<unknown> {
  try {
    for (const start of ['due', 'empty', 'dead'] as const) {
      await explore({ start, jobs: ['tick', 'tick'] }, { switches: 0, faults: 2, pauses: 1 });
    }
  } catch (error) {
    return error;
  }
  const property = fc.asyncProperty(schedules, ({ options, choices }) => runSchedule(options, choices, []));
  const result = await fc.check(property, { numRuns: RANDOM_SCHEDULES, seed: 1, endOnFailure: true });
  return result.errorInstance;
}

const violation = await look();
if (violation instanceof InvariantViolation) process.stdout.write(violation.invariant);
else if (violation !== null && violation !== undefined) throw violation;
