/**
 * Every schedule of two workers that check, or are asked, at once: every interleaving of the three points of their effects, with
 * at most one crash, fault or stall, at every step. Context switches are bounded, or there would be millions.
 */
import {
  checkHealing,
  crashMove,
  drain,
  effectMoves,
  type Move,
  settle,
  throwViolation,
  timeMove,
} from './schedule.ts';
import { createWorld, type Job, type StartState, type World } from './world.ts';
import { GRACE_MS, LEASE_MS, require } from './invariants.ts';

/** `pauses`: how often a request may be so slow that the next sleep, a heartbeat's, ends first. */
export type Bounds = { readonly switches: number; readonly faults: number; readonly pauses: number };

/** What the row is like at first, and what the two workers are up to. */
export type Scene = { readonly start: StartState; readonly jobs: readonly Job[] };

export type Exploration = { readonly schedules: number; readonly moves: number };

type Branch = { readonly taken: number; readonly width: number };

/** Runs every schedule within the bounds. @throws the first violation, with `steps` that led there */
export async function explore({ start, jobs }: Scene, bounds: Bounds, steps: string[] = []): Promise<Exploration> {
  let schedules = 0;
  let moves = 0;
  let prefix: number[] = [];
  for (;;) {
    steps.length = 0;
    const branches = await runOnce({ start, jobs }, bounds, prefix, steps);
    schedules += 1;
    moves += branches.length;
    const next = nextPrefix(branches);
    if (!next) return { schedules, moves };
    prefix = next;
  }
}

/** The next leaf of the tree, depth first: the last branch that has a way not taken. */
function nextPrefix(branches: readonly Branch[]): number[] | undefined {
  const last = branches.findLastIndex(({ taken, width }) => taken + 1 < width);
  if (last < 0) return undefined;
  return [...branches.slice(0, last).map(({ taken }) => taken), (branches[last]?.taken ?? 0) + 1];
}

async function runOnce({ start, jobs }: Scene, bounds: Bounds, prefix: number[], steps: string[]): Promise<Branch[]> {
  const world = createWorld({ workers: 2, skewsMs: [0, 0], start, cacheMs: 0 });
  world.workers().forEach((worker, index) => worker.run(jobs[index] ?? 'tick'));
  const branches: Branch[] = [];
  let left = bounds;
  let current = world.workers()[0]?.id ?? 0;
  let lostAnswerOnly = true;
  for (;;) {
    await settle();
    throwViolation(world);
    const moves = movesWithin(world, left, current);
    if (moves.length === 0) break;
    const taken = prefix[branches.length] ?? 0;
    const move = moves[taken];
    if (!move) throw new Error('The schedule is not the one that was explored');
    branches.push({ taken, width: moves.length });
    steps.push(move.label);
    const switched = !move.isFault && move.workerId !== current && isBusy(world, current);
    const isPause = move.isFault && move.isPause === true && left.pauses > 0;
    const isFault = move.isFault && !isPause;
    left = {
      switches: left.switches - (switched ? 1 : 0),
      faults: left.faults - (isFault ? 1 : 0),
      pauses: left.pauses - (isPause ? 1 : 0),
    };
    if (isFault && !/write.*: lost$/.test(move.label)) lostAnswerOnly = false;
    if (move.workerId !== 0) current = move.workerId;
    await move.make();
  }
  if (lostAnswerOnly) await checkNothingLost(world);
  await checkHealing(world);
  return branches;
}

/** First what goes on with the current worker, so that the first leaf is the run without switch and fault. */
function movesWithin(world: World, { switches, faults, pauses }: Bounds, current: number): Move[] {
  const all = effectMoves(world).filter(({ isFault, isPause }) => faults > 0 || !isFault || (isPause && pauses > 0));
  const own = all.filter(({ workerId }) => workerId === current);
  const others = all.filter(({ workerId }) => workerId !== current);
  const allowed = own.length === 0 || switches > 0 ? [...own, ...others] : own;
  if (faults === 0 || allowed.length === 0) return allowed;
  const crashes = world
    .workers()
    .filter(({ id }) => isBusy(world, id))
    .map(({ id }) => crashMove(world, id));
  return [...allowed, ...crashes, timeMove(world, LEASE_MS + GRACE_MS)];
}

function isBusy(world: World, workerId: number): boolean {
  return world.effects.pending().some((effect) => effect.workerId === workerId);
}

async function checkNothingLost(world: World): Promise<void> {
  await drain(world);
  const row = world.row();
  const renewed =
    row !== undefined && row.lease === undefined && row.lastFailureCode === undefined && row.generation > 0;
  require(renewed && row.history.length === 1, 'a lost answer does not cost a lease', `generation ${row?.generation}`);
}
