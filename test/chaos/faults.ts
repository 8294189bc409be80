/** What strikes a worker at a step. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Caught, type Fleet, setModes } from './fleet.ts';
import { stepOf, type StepName } from './steps.ts';

export const faultNames = [
  'kill',
  'kill-late',
  'pause',
  'cut-store',
  'stall-store',
  'cut-upstream',
  'cut-both',
] as const;
/**
 * - `kill`: SIGKILL, and the request that was under way is lost
 * - `kill-late`: SIGKILL; the request arrives when others have healed the account
 * - `pause`: SIGSTOP until others have healed it, then SIGCONT, and the request goes on
 * - `cut-…`: nobody reaches the table, Quartile, or both for 2 s; the request breaks where it was on that way
 * - `stall-store`: the table answers nobody for 6 s, longer than a worker waits; then all that was sent arrives
 */
export type FaultName = (typeof faultNames)[number];

/** Whether a fault keeps the hosts from the table for a while. */
export function isStoreOut(fault: FaultName): boolean {
  return fault === 'cut-store' || fault === 'stall-store' || fault === 'cut-both';
}

export type Struck = {
  /** The worker that was struck is dead or stopped: nobody goes on with its rotation. */
  readonly leavesLease: boolean;
  /** When the fault had passed: from then on everything works again. */
  readonly over: Promise<number>;
  /** What is still to come once others have healed the account. */
  afterHealing(): Promise<void>;
};

const CUT_MS = 2_000;
const STALL_MS = 6_000;
/** How long what comes late is given to do its harm. */
const AFTERMATH_MS = 1_500;

/** Whether a fault can strike at a step: only a request that is on its way can be late, and Windows stops no process. */
export function canStrike(fault: FaultName, step: StepName): boolean {
  if (fault === 'pause') return process.platform !== 'win32';
  return fault !== 'kill-late' || stepOf(step).at === 'before';
}

/** Strikes, and returns when it has struck. */
export function strike(fault: FaultName, fleet: Fleet, caught: Caught): Promise<Struck> {
  switch (fault) {
    case 'kill':
    case 'kill-late':
      return kill(caught, fault === 'kill-late');
    case 'pause':
      return pause(caught);
    case 'cut-store':
      return disturb(fleet, caught, { sides: ['store'], mode: 'cut', ms: CUT_MS });
    case 'stall-store':
      return disturb(fleet, caught, { sides: ['store'], mode: 'stall', ms: STALL_MS });
    case 'cut-upstream':
      return disturb(fleet, caught, { sides: ['upstream'], mode: 'cut', ms: CUT_MS });
    case 'cut-both':
      return disturb(fleet, caught, { sides: ['store', 'upstream'], mode: 'cut', ms: CUT_MS });
  }
}

async function kill({ worker, held }: Caught, isLate: boolean): Promise<Struck> {
  await worker.kill();
  const killedAtMs = Date.now();
  if (!isLate) held.drop();
  const restarted = worker.start(); // as a platform would
  return {
    leavesLease: true,
    over: Promise.resolve(killedAtMs),
    async afterHealing() {
      held.release();
      if (isLate) await delay(AFTERMATH_MS);
      await restarted;
    },
  };
}

async function pause({ worker, held }: Caught): Promise<Struck> {
  worker.pause();
  return {
    leavesLease: true,
    over: Promise.resolve(Date.now()),
    async afterHealing() {
      worker.resume();
      held.release();
      await delay(AFTERMATH_MS);
    },
  };
}

type Disturbance = { sides: readonly ('store' | 'upstream')[]; mode: 'cut' | 'stall'; ms: number };

async function disturb(fleet: Fleet, { held }: Caught, { sides, mode, ms }: Disturbance): Promise<Struck> {
  const setAll = (next: 'pass' | 'cut' | 'stall') => Promise.all(sides.map((side) => setModes(fleet, side, next)));
  await setAll(mode);
  held.release(); // broken by now where it was on a way that is cut
  const over = delay(ms).then(async () => {
    await setAll('pass');
    return Date.now();
  });
  return { leavesLease: false, over, afterHealing: async () => void (await over) };
}
