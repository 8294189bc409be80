/** The steps of a rotation at which a fault strikes, and how many calls then reach Quartile until all is well again. */
import type { Simulator } from '../../src/local/simulator/simulator.ts';
import type { ProxiedRequest, Trap } from './proxy.ts';
import { readWrite, type WriteKind } from './requests.ts';

export const stepNames = [
  'claim-before',
  'claim-after',
  'refresh-before',
  'refresh-after',
  'save-before',
  'save-after',
  'note-before',
  'note-after',
  'login-before',
  'login-after',
] as const;
/** `before`: the request is on its way. `after`: it was done, and the worker does not know. */
export type StepName = (typeof stepNames)[number];

/** A worker that is struck at one of these holds no lease (any more), as far as the table knows. */
const withoutLease: ReadonlySet<StepName> = new Set(['claim-before', 'save-after', 'note-after']);

export type Step = {
  /** The table says that the worker is at it. */
  readonly holdsLease: boolean;
  /** Where the request passes that tells of this step. */
  readonly side: 'store' | 'upstream';
  readonly at: Trap['at'];
  readonly matches: (request: ProxiedRequest) => boolean;
  /** Makes Quartile such that a rotation comes to this step. */
  readonly prepare: (simulator: Simulator) => void;
};

/** What Quartile asks for when it turns a refresh away: more than fits into one attempt. */
export const RETRY_AFTER_SECONDS = 51;

export function stepOf(name: StepName): Step {
  const at = name.endsWith('-before') ? 'before' : 'after';
  const holdsLease = !withoutLease.has(name);
  switch (name) {
    case 'claim-before':
    case 'claim-after':
      return { ...write('claim'), at, holdsLease, prepare: () => {} };
    case 'save-before':
    case 'save-after':
      return { ...write('save'), at, holdsLease, prepare: () => {} };
    case 'note-before':
    case 'note-after':
      return { ...write('note'), at, holdsLease, prepare: turnAway };
    case 'refresh-before':
    case 'refresh-after':
      return { ...call('/refresh'), at, holdsLease, prepare: () => {} };
    case 'login-before':
    case 'login-after':
      return { ...call('/login'), at, holdsLease, prepare: (simulator) => void simulator.revoke('refresh') };
  }
}

function turnAway(simulator: Simulator): void {
  const headers = { 'retry-after': String(RETRY_AFTER_SECONDS) };
  simulator.addFault({ on: 'refresh', fault: { kind: 'status', status: 429, headers } });
}

function write(kind: WriteKind): Pick<Step, 'side' | 'matches'> {
  return { side: 'store', matches: (request) => readWrite(request)?.kind === kind };
}

function call(route: string): Pick<Step, 'side' | 'matches'> {
  return { side: 'upstream', matches: ({ path }) => path.endsWith(route) };
}
