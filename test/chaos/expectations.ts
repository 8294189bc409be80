/** How many calls reach Quartile, from the start of a rotation until all is well again. */
import { ATTEMPT_DEADLINE_MS } from '../../src/rotation/limits.ts';
import { STORE_REQUEST_TIMEOUT_MS } from '../../src/store/table-requests.ts';
import type { FaultName } from './faults.ts';
import { stepNames, type StepName } from './steps.ts';

export type Calls = { readonly refresh: number; readonly login: number };

/**
 * Refreshes + logins, in the order of `stepNames`; `|` where either may happen, `-` where the fault cannot strike.
 * To read them: a refresh token that may have been sent is never sent again, so whoever heals after a claim logs in;
 * only what was surely not processed (a claim that was never written, a 429 that was noted) is refreshed once more.
 */
const table: Record<FaultName, readonly string[]> = {
  // claim before, after; refresh before, after; save before, after; note before, after; login before, after
  kill: ['1+0', '0+1', '0+1', '1+1', '1+1', '1+0', '1+1', '2+0', '1+1', '1+2'],
  'kill-late': ['1+0', '-', '1+1', '-', '1+1', '-', '1+1', '-', '1+2', '-'],
  // Whoever wakes up goes on with what it had begun, within its 60 s, and its pair is superseded.
  pause: ['1+0', '1+1', '1+1', '1+1', '1+1', '1+0', '1+1', '2+0', '1+2', '1+2'],
  // A claim whose answer was lost, and about which the table could not be asked, is left to end by itself.
  'cut-store': ['1+0', '0+1', '1+0', '1+0', '1+0', '1+0', '1+1', '2+0', '1+1', '1+1'],
  'stall-store': ['1+0|0+1', '1+0', '1+0', '1+0', '1+0', '1+0', '2+0', '2+0', '1+1', '1+1'],
  // A refused connection is tried again, a broken one is not.
  'cut-upstream': ['1+0', '1+0', '0+1', '1+1', '1+0', '1+0', '2+0', '2+0', '1+1', '1+2'],
  'cut-both': ['1+0', '0+1', '0+1', '1+1', '1+0', '1+0', '1+1', '2+0', '1+1', '1+2'],
};

type TimeUp = { readonly afterMs: number; readonly calls: string };

/** How long the hosts wait for Quartile's answer: nobody tells them otherwise. */
const UPSTREAM_TIMEOUT_MS = 10_000;

/**
 * The same for a worker that was stopped for longer than it waits for an answer. The answer is there when it wakes up,
 * and so is the end of its patience: whichever it meets first counts. It then takes the answer for lost.
 */
const timeUp: Partial<Record<StepName, TimeUp>> = {
  // It asks the table, and finds another's pair.
  'claim-after': { afterMs: STORE_REQUEST_TIMEOUT_MS, calls: '0+1' },
  // It logs in.
  'refresh-before': { afterMs: UPSTREAM_TIMEOUT_MS, calls: '1+2' },
  'refresh-after': { afterMs: UPSTREAM_TIMEOUT_MS, calls: '1+2' },
};

/** The request had left the worker that much before it was caught, at most. */
const ON_ITS_WAY_MS = 1_000;

/** The same for a kill at the very first rotation, a login: there is no row yet. */
const firstLogin: Partial<Record<StepName, string>> = {
  'claim-before': '0+1',
  'claim-after': '0+1',
  'login-before': '0+1',
  'login-after': '0+2',
  'save-before': '0+2',
  'save-after': '0+1',
};

export const firstLoginSteps = stepNames.filter((step) => step in firstLogin);

/** @param heldMs for how long the worker was stopped, where the fault is that */
export function expectedCalls(
  fault: FaultName,
  step: StepName,
  { isFirst, heldMs }: { isFirst: boolean; heldMs: number },
): string {
  if (isFirst) return firstLogin[step] ?? '-';
  const expected = table[fault][stepNames.indexOf(step)] ?? '-';
  if (fault !== 'pause') return expected;
  if (heldMs >= ATTEMPT_DEADLINE_MS) return step === 'claim-after' ? '0+1' : expected; // it sends nothing more
  const late = timeUp[step];
  return late && heldMs > late.afterMs - ON_ITS_WAY_MS ? `${expected}|${late.calls}` : expected;
}

export function describeCalls({ refresh, login }: Calls): string {
  return `${refresh}+${login}`;
}

export function areExpected(calls: Calls, expected: string): boolean {
  return expected.split('|').includes(describeCalls(calls));
}
