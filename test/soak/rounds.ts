/** What happens to tokens, hosts and Quartile while the clients call. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FaultRuleInput } from '../../src/local/simulator/faults.ts';
import type { Fleet } from '../chaos/fleet.ts';
import { readRow } from '../chaos/row.ts';
import type { Worker } from '../chaos/worker.ts';

export type Round = {
  /**
   * How the current token ended. `revoked`: all tokens at once; the reports of the clients cause the next rotation. `timer`:
   * while the timer was rotating it, as if a rotation ended the previous token.
   */
  readonly cause: 'timer' | 'revoked';
  readonly fault: string;
  readonly isKill: boolean;
  /** From the cause to the new token in the table. */
  readonly ms: number;
  readonly generation: number;
};

const PATIENCE_MS = 60_000;
const LONGEST_TO_KILL_MS = 250;

/** The faults of Quartile, in turn. */
const FAULTS: readonly (readonly [string, FaultRuleInput | undefined])[] = [
  ['-', undefined],
  ['refresh 500', { on: 'refresh', fault: { kind: 'status', status: 500 } }],
  ['slow', { on: 'any', fault: { kind: 'delay', ms: 700 } }],
  ['-', undefined],
  ['lost answer', { on: 'refresh', fault: { kind: 'disconnect', processed: true } }],
  ['refresh 429', { on: 'refresh', fault: { kind: 'status', status: 429, headers: { 'retry-after': '1' } } }],
  ['-', undefined],
  ['two 500', { on: 'any', times: 2, fault: { kind: 'status', status: 500 } }],
];

const HELD: (typeof FAULTS)[number] = ['held', { on: 'any', fault: { kind: 'hold', processed: false } }];
const HELD_MS = 300;

/**
 * Causes one rotation, and disturbs it.
 *
 * @param number from 0: decides what happens
 * @throws when there is no new token after a minute
 */
export async function runRound(fleet: Fleet, number: number): Promise<Round> {
  const before = (await readRow(fleet))?.generation ?? 0;
  const cause = number % 3 === 2 ? 'timer' : 'revoked';
  const [fault, rule] = cause === 'timer' ? HELD : (FAULTS[number % FAULTS.length] ?? HELD);
  fleet.simulator.clearFaults();
  if (rule) fleet.simulator.addFault(rule);
  const startedAtMs = Date.now();
  if (cause === 'timer') await holdRotation(fleet, number);
  fleet.simulator.revoke('access');
  const isKill = number % 4 === 2; // sometimes in the middle of a rotation: a slow one
  const victim = fleet.workers[(number >> 2) % fleet.workers.length];
  const restarted = isKill && victim ? killAndStart(victim) : undefined;
  if (cause === 'timer') await delay(HELD_MS).then(() => fleet.simulator.release());
  const generation = await awaitRotation(fleet, before);
  const ms = Date.now() - startedAtMs;
  await restarted;
  return { cause, fault, isKill, ms, generation };
}

/** Starts a rotation by the timer. Its request has arrived at Quartile, and waits there. */
async function holdRotation({ simulator, workers }: Fleet, number: number): Promise<void> {
  await runTimer(workers[number % workers.length]);
  for (const untilMs = Date.now() + 5_000; simulator.stats().held === 0; await delay(5)) {
    if (Date.now() > untilMs) throw new Error('The timer does not renew the token');
  }
}

async function runTimer(worker: Worker | undefined): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const url = `${worker?.living()?.url}/admin/functions/refreshTokens`;
  const answer = await fetch(url, { method: 'POST', headers, body: '{}' });
  if (answer.status !== 202) throw new Error(`The host answered ${answer.status} to a manual run`);
}

/** As a platform would. A lease that dies with the host ends by itself. */
async function killAndStart(victim: Worker): Promise<void> {
  await delay(Math.random() * LONGEST_TO_KILL_MS);
  await victim.kill();
  await victim.start();
}

async function awaitRotation(fleet: Fleet, before: number): Promise<number> {
  const untilMs = Date.now() + PATIENCE_MS;
  while (Date.now() < untilMs) {
    const row = await readRow(fleet);
    if (row && row.generation > before && !row.lease) return row.generation;
    await delay(50);
  }
  throw new Error(`There is no new token after ${PATIENCE_MS / 1000} s`);
}
