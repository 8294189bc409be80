/** How many calls reach Quartile, from the start of a rotation until all is well again. */
import type { FaultName } from './faults.ts';
import { stepNames, type StepName } from './steps.ts';

export type Calls = { readonly refresh: number; readonly login: number };

/**
 * Refreshes + logins, in the order of `stepNames`; `|` where either may happen, `-` where the fault cannot strike.
 * A refresh token that may have been sent is never sent again, so the worker that recovers after a claim logs in; only
 * what was surely not processed (a claim that was never written, a 429 that was recorded) is refreshed once more.
 */
const table: Record<FaultName, readonly string[]> = {
  // claim before, after; refresh before, after; save before, after; note before, after; login before, after
  kill: ['1+0', '0+1', '0+1', '1+1', '1+1', '1+0', '1+1', '2+0', '1+1', '1+2'],
  'kill-late': ['1+0', '-', '1+1', '-', '1+1', '-', '1+1', '-', '1+2', '-'],
  // A worker that wakes up has lost its lease: it sends nothing more, and its pair is superseded.
  pause: ['1+0', '0+1', '1+1', '1+1', '1+1', '1+0', '1+1', '2+0', '1+2', '1+2'],
  // A claim whose answer was lost, and about which the table could not be asked, is left to end by itself.
  'cut-store': ['1+0', '0+1', '1+0', '1+0', '1+0', '1+0', '1+1', '2+0', '1+1', '1+1'],
  'stall-store': ['1+0|0+1', '1+0', '1+0', '1+0', '1+0', '1+0', '2+0', '2+0', '1+1', '1+1'],
  // A refused connection is tried again, a broken one is not.
  'cut-upstream': ['1+0', '1+0', '0+1', '1+1', '1+0', '1+0', '2+0', '2+0', '1+1', '1+2'],
  'cut-both': ['1+0', '0+1', '0+1', '1+1', '1+0', '1+0', '1+1', '2+0', '1+1', '1+2'],
};

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

export function expectedCalls(fault: FaultName, step: StepName, isFirst: boolean): string {
  return (isFirst ? firstLogin[step] : table[fault][stepNames.indexOf(step)]) ?? '-';
}

export function describeCalls({ refresh, login }: Calls): string {
  return `${refresh}+${login}`;
}

export function areExpected(calls: Calls, expected: string): boolean {
  return expected.split('|').includes(describeCalls(calls));
}
