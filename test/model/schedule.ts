/** Runs a world by a list of choices, then lets faults end and sees whether all is well. */
import type { Effect } from './effects.ts';
import { GRACE_MS, LEASE_MS, mustRespect, require } from './invariants.ts';
import { HOUR_MS } from './upstream.ts';
import type { World } from './world.ts';

/** One move of a schedule. */
export type Move = {
  readonly label: string;
  readonly workerId: number;
  readonly isFault: boolean;
  /** Time passes until the first sleep is over, although other effects are pending: a slow request. */
  readonly isPause?: boolean;
  readonly make: () => void | Promise<void>;
};

/** Lets everything run that needs no effect. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function throwViolation(world: World): void {
  const violation = world.violation();
  if (violation !== undefined) throw violation;
}

/** What effects can do next: be performed, with each of their faults or without, or be answered. */
export function effectMoves(world: World): Move[] {
  return world.effects.pending().flatMap((effect) => {
    const { workerId } = effect;
    const label = `${workerId} ${effect.label}`;
    if (effect.stage === 'done') {
      return [{ label: `${label}: answered`, workerId, isFault: false, make: effect.answer }];
    }
    if (effect.dueMs !== undefined) return [wake(world, effect, label)];
    const clean = { label: `${label}: done`, workerId, isFault: false, make: () => effect.perform(undefined) };
    const faulty = effect.faults.map((fault) => ({
      label: `${label}: ${fault}`,
      workerId,
      isFault: true,
      make: () => effect.perform(fault),
    }));
    return [clean, ...faulty];
  });
}

/** A sleep is over by itself once there is nothing else to do; before that, everybody else has been stalled for so long. */
function wake(world: World, effect: Effect, label: string): Move {
  const pending = world.effects.pending();
  return {
    label: `${label}: over`,
    workerId: effect.workerId,
    isFault: pending.some(({ dueMs }) => dueMs === undefined) || soonest(pending) !== effect,
    isPause: soonest(pending) === effect,
    make() {
      world.pass(Math.max(0, (effect.dueMs ?? 0) - world.nowMs()));
      effect.perform(undefined);
      effect.answer();
    },
  };
}

export function crashMove(world: World, workerId: number): Move {
  return { label: `${workerId} crashes`, workerId, isFault: true, make: () => void world.crash(workerId) };
}

export function timeMove(world: World, ms: number): Move {
  return { label: `${ms} ms pass`, workerId: 0, isFault: true, make: () => world.pass(ms) };
}

/** Lets one worker go on, without faults, until it sleeps or has nothing to do. */
export function runOnMove(world: World, workerId: number): Move {
  const next = () =>
    world.effects.pending().find((effect) => effect.workerId === workerId && effect.dueMs === undefined);
  return {
    label: `${workerId} goes on`,
    workerId,
    isFault: false,
    async make() {
      for (let effect = next(); effect; effect = next()) {
        if (effect.stage === 'before') effect.perform(undefined);
        effect.answer();
        await settle();
      }
    },
  };
}

/** How far the clocks of two workers may differ. */
export const LARGEST_SKEW_MS = 5_000;

const LONGEST_DRAIN = 2_000;

/** Lets all that is under way end, without faults, what is due first coming first. */
export async function drain(world: World): Promise<void> {
  for (let moves = 0; ; moves += 1) {
    await settle();
    throwViolation(world);
    const pending = world.effects.pending();
    if (pending.length === 0) break;
    require(moves < LONGEST_DRAIN, 'nobody waits for ever', pending.map(({ label }) => label).join(', '));
    const ready = pending.find(({ dueMs }) => dueMs === undefined);
    if (ready) {
      if (ready.stage === 'before') ready.perform(undefined);
      ready.answer();
    } else await wake(world, soonest(pending), '').make();
  }
  world.checkAtRest();
}

function soonest(pending: readonly Effect[]): Effect {
  return pending.reduce((first, other) => ((other.dueMs ?? 0) < (first.dueMs ?? 0) ? other : first));
}

/** Once faults have ended: one lease and its grace later, or when a refusal's wait is over, one tick mends everything. */
export async function checkHealing(world: World): Promise<void> {
  await drain(world);
  world.pass(LEASE_MS + GRACE_MS + LARGEST_SKEW_MS); // the end of a lease is by its holder's clock
  const row = world.row();
  const holds = Math.max(row?.retryAfterUntilMs ?? 0, row?.loginBreaker?.nextLoginAtMs ?? 0);
  world.pass(Math.max(0, holds - world.nowMs()));
  world.join().run('tick');
  await drain(world);
  const healed = world.row();
  const lifeMs = healed?.tokens.state === 'held' ? healed.tokens.set.accessExpiresAtMs - world.nowMs() : 0;
  const free = !mustRespect(healed?.lease, world.nowMs(), 0);
  // The failed rotation of a report leaves its mark where nothing was due anyway: a caller has to report again.
  const unharmed = healed?.consecutiveFailures === 0 || healed?.generation === row?.generation;
  const well = lifeMs > HOUR_MS && free && unharmed;
  const detail = `${lifeMs} ms left, ${healed?.consecutiveFailures} failures, ${healed?.lastFailureCode}`;
  require(well, 'once faults end, one lease and one tick later all is well', detail);
}
