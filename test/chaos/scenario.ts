/** One run: a rotation comes to a step, a fault strikes, callers ask all the while, and the account heals. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Callers, type Observation, startCallers } from './callers.ts';
import type { Calls } from './expectations.ts';
import { type FaultName, strike } from './faults.ts';
import { catchWorker, type Caught, type Fleet } from './fleet.ts';
import { awaitHealing, type Healing } from './healing.ts';
import type { Sighting } from './proxy.ts';
import { type Planted, plantPair, readRow } from './row.ts';
import { stepOf, type StepName } from './steps.ts';
import { type TriggerName, triggerRotation } from './trigger.ts';

/** `due`: 50 min left; `dying`: 6 s; `dead`: none; `empty`: no row yet, as after the first deployment. */
export type TokenState = 'due' | 'dying' | 'dead' | 'empty';

export type Scenario = {
  readonly step: StepName;
  readonly fault: FaultName;
  readonly state: TokenState;
  /** Who starts a rotation of a token that is due; one that dies is rotated by its callers. */
  readonly trigger: TriggerName;
};

/** What happened. */
export type Run = {
  readonly scenario: Scenario;
  readonly planted: Planted;
  /** `undefined`: no rotation came to this step. */
  readonly victim: number | undefined;
  readonly struckAtMs: number;
  readonly overAtMs: number;
  readonly healing: Healing | undefined;
  readonly calls: Calls;
  /** Calls that somebody made under the lease of a worker that was dead or stopped. */
  readonly callsUnderLease: number;
  readonly sent: readonly Sighting[];
  /** How often Quartile has refused a spent refresh token. */
  readonly spentRefused: number;
  readonly row: Awaited<ReturnType<typeof readRow>>;
  /** The hosts that did not come to serve the new token. */
  readonly laggards: readonly number[];
  readonly seen: readonly Observation[];
};

const LIFE_SECONDS = { due: 3_000, dying: 6, dead: 1 } as const;
const STEP_PATIENCE_MS = 20_000;
const NEWS_PATIENCE_MS = 8_000;

export async function runScenario(fleet: Fleet, scenario: Scenario): Promise<Run> {
  const { state } = scenario;
  const step = stepOf(scenario.step);
  const planted =
    state === 'empty' ? { generation: 0, liveUntilMs: -Infinity } : await plantPair(fleet, LIFE_SECONDS[state]);
  step.prepare(fleet.simulator);
  const start = { calls: countCalls(fleet), sent: fleet.sent.length, spentRefused: countSpent(fleet) };
  const caught = catchWorker(fleet, step);
  const callers = startCallers(fleet);
  const ended = new AbortController();
  try {
    if (state === 'due')
      triggerRotation(fleet, scenario.trigger, planted, AbortSignal.any([ended.signal, when(caught)]));
    const inTime = await Promise.race([caught, delay(STEP_PATIENCE_MS, undefined, { ref: false })]);
    const struck = inTime ? await strikeAndHeal(fleet, scenario, { planted, callers, caught: inTime }) : notStruck();
    const calls = minus(countCalls(fleet), start.calls);
    await callers.stop();
    const [row, sent] = [await readRow(fleet), fleet.sent.slice(start.sent)];
    const spentRefused = countSpent(fleet) - start.spentRefused;
    return { scenario, planted, ...struck, calls, sent, spentRefused, row, seen: callers.seen };
  } finally {
    ended.abort();
    await restore(fleet);
    await callers.stop();
  }
}

type Strike = Pick<Run, 'victim' | 'struckAtMs' | 'overAtMs' | 'healing' | 'callsUnderLease' | 'laggards'>;

function notStruck(): Strike {
  const now = Date.now();
  const nothing = { victim: undefined, healing: undefined, callsUnderLease: 0, laggards: [] };
  return { ...nothing, struckAtMs: now, overAtMs: now };
}

async function strikeAndHeal(
  fleet: Fleet,
  { fault }: Scenario,
  { planted, callers, caught }: { planted: Planted; callers: Callers; caught: Caught },
): Promise<Strike> {
  const { worker } = caught;
  callers.startStrict();
  const struckAtMs = Date.now();
  const callsBefore = countCalls(fleet);
  const struck = await strike(fault, fleet, caught);
  let overAtMs: number | undefined;
  void struck.over.then((ms) => (overAtMs = ms));
  let callsUnderLease = 0;
  const leaseId = worker.leaseId();
  const healing = await awaitHealing(fleet, {
    generation: planted.generation,
    struckAtMs,
    overAtMs: () => overAtMs,
    beforeRead() {
      const { refresh, login } = minus(countCalls(fleet), callsBefore);
      return (row) => {
        if (struck.leavesLease && leaseId !== undefined && row?.lease?.id === leaseId)
          callsUnderLease = refresh + login;
      };
    },
  });
  await struck.afterHealing();
  const laggards = await awaitNews(fleet, callers);
  overAtMs = await struck.over;
  return { victim: worker.number, struckAtMs, overAtMs, healing, callsUnderLease, laggards };
}

/** Waits until every host serves what the table holds. Returns those that do not come to it. */
async function awaitNews(fleet: Fleet, { seen }: Callers): Promise<number[]> {
  const generation = (await readRow(fleet))?.generation;
  const untilMs = Date.now() + NEWS_PATIENCE_MS;
  for (;;) {
    const isServed = (host: unknown) => seen.some((one) => one.host === host && one.generation === generation);
    const behind = fleet.workers.filter((worker) => !isServed(worker.living()));
    if (behind.length === 0 || Date.now() > untilMs) return behind.map(({ number }) => number);
    await delay(20);
  }
}

/** Nothing of this run strikes the next one. */
async function restore({ workers, simulator }: Fleet): Promise<void> {
  simulator.clearFaults();
  for (const worker of workers) {
    worker.resume();
    for (const proxy of Object.values(worker.proxies)) {
      proxy.disarm();
      await proxy.setMode('pass');
    }
  }
}

/** A signal that aborts as soon as something has happened. */
function when(event: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void event.then(() => controller.abort());
  return controller.signal;
}

function countSpent({ simulator }: Fleet): number {
  return simulator.stats().refused.spentRefreshToken;
}

function countCalls({ simulator }: Fleet): Calls {
  return simulator.stats().requests;
}

function minus(a: Calls, b: Calls): Calls {
  return { refresh: a.refresh - b.refresh, login: a.login - b.login };
}
