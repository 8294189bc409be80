/** Schedules at random: fast-check chooses workers, clocks, faults, crashes, jobs and time, and shrinks what fails. */
import * as fc from 'fast-check';
import { LEASE_MS } from './invariants.ts';
import {
  checkHealing,
  crashMove,
  effectMoves,
  LARGEST_SKEW_MS,
  type Move,
  runOnMove,
  settle,
  throwViolation,
  timeMove,
} from './schedule.ts';
import { HOUR_MS } from './upstream.ts';
import { createWorld, JOBS, type StartState, type World, type WorldOptions } from './world.ts';

const JUMPS_MS = [1_000, 6_000, 31_000, LEASE_MS - 1_000, LEASE_MS + 3_000, LEASE_MS + 5_000, HOUR_MS, 12 * HOUR_MS];

/** Of a hundred choices this many go to: an effect without a fault, one with, a worker that goes on, a job, time; a crash. */
const SHARES = { clean: 30, faulty: 22, runOn: 20, job: 20, time: 6 };

/** One choice: which kind of move, and which of those. */
const choice = fc.record({ kind: fc.noBias(fc.nat(99)), which: fc.noBias(fc.nat(9_999)) });
export type Choice = { readonly kind: number; readonly which: number };

export const schedules = fc.record({
  options: fc.record({
    workers: fc.integer({ min: 2, max: 5 }),
    skewsMs: fc.array(fc.integer({ min: 0, max: LARGEST_SKEW_MS }), { minLength: 5, maxLength: 5 }),
    start: fc.constantFrom<StartState>('empty', 'due', 'dying', 'dead'),
    cacheMs: fc.constantFrom(0, 5_000),
  }),
  choices: fc.array(choice, { minLength: 10, maxLength: 80, size: 'max' }),
});

/** Runs one schedule. @throws what was violated, after the steps that led there */
export async function runSchedule(options: WorldOptions, choices: readonly Choice[], steps: string[]): Promise<void> {
  const world = createWorld(options);
  for (const { kind, which } of choices) {
    const moves = movesOf(world, kind);
    const move = moves[which % Math.max(1, moves.length)];
    if (move) {
      steps.push(move.label);
      await move.make();
    }
    await settle();
    throwViolation(world);
  }
  steps.push('faults end');
  await checkHealing(world);
}

function movesOf(world: World, kind: number): Move[] {
  const { clean, faulty, runOn, job, time } = SHARES;
  if (kind < clean) return effectMoves(world).filter(({ isFault }) => !isFault);
  if (kind < clean + faulty) return effectMoves(world).filter(({ isFault }) => isFault);
  if (kind < clean + faulty + runOn) return world.workers().map(({ id }) => runOnMove(world, id));
  if (kind < clean + faulty + runOn + job) return jobMoves(world);
  if (kind < clean + faulty + runOn + job + time) return JUMPS_MS.map((ms) => timeMove(world, ms));
  return world.workers().map(({ id }) => crashMove(world, id));
}

function jobMoves(world: World): Move[] {
  return world.workers().flatMap((worker) =>
    JOBS.map((job) => ({
      label: `${worker.id} starts: ${job}`,
      workerId: worker.id,
      isFault: false,
      make: () => worker.run(job),
    })),
  );
}
