/** Which runs there are, in which order: decided by the seed alone. (What meets what within a run is up to the machine.) */
import { firstLoginSteps } from './expectations.ts';
import { canStrike, type FaultName, faultNames } from './faults.ts';
import type { Scenario, TokenState } from './scenario.ts';
import { stepNames, type StepName } from './steps.ts';
import { triggerNames } from './trigger.ts';

export type Random = () => number;

const kills = faultNames.filter((fault) => fault.startsWith('kill'));
const others = faultNames.filter((fault) => !fault.startsWith('kill'));

/** At least this many kills: every step × way to be killed as often as the next, the first one before there is a row. */
export function planKills(count: number, random: Random): Scenario[] {
  if (count === 0) return [];
  const first: Scenario = { ...plan('kill', pick(firstLoginSteps, random), random), state: 'empty' };
  const rounds: Scenario[] = [];
  while (rounds.length + 1 < count) {
    rounds.push(...shuffle(combine(kills), random).map(([fault, step]) => plan(fault, step, random)));
  }
  return [first, ...rounds.slice(0, count - 1)];
}

/** All other faults at every step, once; or so many of them. */
export function planOtherFaults(count: number, random: Random): Scenario[] {
  return shuffle(combine(others), random)
    .slice(0, count)
    .map(([fault, step]) => plan(fault, step, random));
}

/** Mulberry32: a small seeded generator. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** To see a token die takes its time, so that is done less often. */
const states: readonly TokenState[] = ['due', 'due', 'dead', 'dead', 'dying'];

function plan(fault: FaultName, step: StepName, random: Random): Scenario {
  return { step, fault, state: pick(states, random), trigger: pick(triggerNames, random) };
}

function combine(faults: readonly FaultName[]): [FaultName, StepName][] {
  return faults.flatMap((fault) =>
    stepNames.filter((step) => canStrike(fault, step)).map((step): [FaultName, StepName] => [fault, step]),
  );
}

function pick<T>(all: readonly T[], random: Random): T {
  const picked = all[Math.floor(random() * all.length)];
  if (picked === undefined) throw new Error('There is nothing to pick from');
  return picked;
}

function shuffle<T>(all: readonly T[], random: Random): T[] {
  return all
    .map((one) => ({ one, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}
