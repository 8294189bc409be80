/** What must hold of a run, whatever the step and the fault. Pure. */
import { HEARTBEAT_MS, LEASE_MS } from '../../src/rotation/limits.ts';
import type { Observation } from './callers.ts';
import { MIN_TTL_SECONDS } from './callers.ts';
import { areExpected, describeCalls, expectedCalls } from './expectations.ts';
import { isStoreOut } from './faults.ts';
import { judgeGenerations } from './generations.ts';
import { readRefreshToken } from './requests.ts';
import type { Run } from './scenario.ts';
import { stepOf } from './steps.ts';

/** An answer is on its way for less than this. A token that is handed out has 1 s left at least. */
const TRAVEL_MS = 1_000;
/** With less than this left, a token may end before the caller is answered, who is made to wait for a better one. */
const SHORT_LIFE_MS = 3_000;
/** A caller is made to wait for a better token for 3 s, and not at all for one that lives longer than 60 s. */
const LONGEST_WAIT_MS = 3_000 + TRAVEL_MS;
/** How long an instance may go on without a look at the table, and a rotation that others did takes to be noticed. */
const NEWS_MS = 2_000;
/** A rotation that nothing stands in the way of, with the pauses between the tries of a worker that met a fault. */
const LONGEST_ROTATION_MS = 10_000;

const UNAVAILABLE = new Set(['token_unavailable', 'store_unavailable']);
/** Answers that say that Quartile did not process the request. */
const NOT_PROCESSED = new Set([429]);

/** @returns what was wrong, one line each */
export function judgeRun(run: Run): string[] {
  const answers = run.seen.flatMap((one) => judgeAnswer(run, one).map((wrong) => `${wrong}: ${describe(run, one)}`));
  const waiting = waitingCallers(run).filter(({ status }) => status !== 200);
  const unserved = waiting.map((one) => `a caller that waited from the moment of a kill: ${describe(run, one)}`);
  return [
    ...firstOfEach([...answers, ...unserved]),
    ...judgeGenerations(run.seen),
    ...judgeEnd(run),
    ...judgeSent(run),
  ];
}

/** How long after a kill a caller counts as one that waits from that moment on. */
const MOMENT_MS = 1_000;

/**
 * The callers without `min_ttl` that began to wait at the moment at which the holder of a lease was killed, while there was
 * no valid token. A recorded `Retry-After` is not theirs to wait for.
 */
export function waitingCallers({ scenario, struckAtMs, planted, seen, victim }: Run): readonly Observation[] {
  const { fault, step } = scenario;
  const isKill = fault === 'kill' || fault === 'kill-late';
  if (!isKill || !stepOf(step).holdsLease || planted.liveUntilMs > struckAtMs) return [];
  return seen.filter(
    ({ kind, host, worker, startedAtMs }) =>
      kind === 'plain' &&
      !host.isKilled &&
      worker !== victim &&
      startedAtMs >= struckAtMs &&
      startedAtMs < struckAtMs + MOMENT_MS,
  );
}

function judgeAnswer(run: Run, one: Observation): string[] {
  if (one.status === undefined) {
    return one.host.isKilled || stoodStill(run, one) ? [] : ['a living host broke the connection'];
  }
  if (one.status === 200) return judgeToken(run, one);
  if (one.status !== 503) return ['neither a token nor 503'];
  const wrong: string[] = [];
  const healedAtMs = Math.max(run.healing?.healedAtMs ?? Infinity, run.overAtMs);
  if (!one.hasRetryAfter) wrong.push('503 without Retry-After');
  if (!UNAVAILABLE.has(one.code ?? '')) wrong.push(`503 ${one.code}`);
  if (hasToBeServed(run, one)) wrong.push('503 while the token lived');
  if (one.startedAtMs > healedAtMs + NEWS_MS) wrong.push('503 after a new token was saved');
  return wrong;
}

function judgeToken(run: Run, one: Observation): string[] {
  const wrong: string[] = [];
  const waitedMs = one.arrivedAtMs - one.startedAtMs;
  const longestWaitMs = LONGEST_WAIT_MS + 2 * one.lateMs; // on the way there, and on the way back
  if (hasToBeServed(run, one) && waitedMs > longestWaitMs) wrong.push('waited too long while the token lived');
  // What a stopped process had answered arrives when it goes on; its clock stood still meanwhile.
  const lifeMs = stoodStill(run, one) ? one.lifeMs + waitedMs : one.lifeMs;
  if (lifeMs <= 0) wrong.push('a dead token');
  else if (one.lifeMs > 0 && !one.isLive) wrong.push('a token that Quartile does not accept');
  if (one.kind === 'strict' && lifeMs < MIN_TTL_SECONDS * 1000 - TRAVEL_MS) wrong.push('less than min_ttl');
  return wrong;
}

/** Whether the token that was there before has to be served, or a newer one. */
function hasToBeServed(run: Run, one: Observation): boolean {
  if (one.kind === 'strict' || stoodStill(run, one)) return false;
  return one.startedAtMs < run.planted.liveUntilMs - SHORT_LIFE_MS && !couldNotKnow(run, one);
}

/**
 * Whether a host could not know of the token, as one that has just been started: the table had not told it before it was
 * out of reach.
 */
function couldNotKnow(run: Run, one: Observation): boolean {
  if (one.code === 'token_unavailable') return false; // it says that the table was read
  const knownUntilMs = Math.max(one.startedAtMs, one.arrivedAtMs - TRAVEL_MS);
  const isTold = [...one.host.toldAtMs].some(
    ([generation, atMs]) => generation >= run.planted.generation && atMs < knownUntilMs,
  );
  return !isTold && wasStoreOut(run, one);
}

/** Whether the table was out of reach while a caller waited. What it has refused by then is on its way to callers. */
function wasStoreOut({ scenario, struckAtMs, overAtMs }: Run, one: Observation): boolean {
  return isStoreOut(scenario.fault) && one.arrivedAtMs >= struckAtMs && one.startedAtMs < overAtMs + TRAVEL_MS;
}

/** Whether it was asked of a process that was stopped before it had answered. */
function stoodStill({ scenario, victim, struckAtMs, healing }: Run, one: Observation): boolean {
  if (scenario.fault !== 'pause' || one.worker !== victim) return false;
  return one.arrivedAtMs > struckAtMs && one.startedAtMs < (healing?.healedAtMs ?? Infinity);
}

function judgeEnd({ scenario, planted, victim, healing, calls, callsUnderLease, row, laggards }: Run): string[] {
  if (victim === undefined) return ['no rotation came to this step'];
  const wrong: string[] = [];
  const { fault, step, state } = scenario;
  const expected = expectedCalls(fault, step, state === 'empty');
  if (!areExpected(calls, expected)) wrong.push(`${describeCalls(calls)} refreshes+logins instead of ${expected}`);
  if (callsUnderLease > 0) wrong.push(`${callsUnderLease} calls under the lease of a worker that was dead or stopped`);
  const isDisturbed = fault !== 'kill' && fault !== 'kill-late' && fault !== 'pause';
  if (!healing) wrong.push('did not heal');
  else if (healing.rotationMs > LONGEST_ROTATION_MS) wrong.push(`took ${healing.rotationMs} ms to heal when it could`);
  if (!isDisturbed && stepOf(step).holdsLease && (healing?.healMs ?? Infinity) < LEASE_MS - HEARTBEAT_MS) {
    wrong.push('somebody rotated under the lease of a worker that was dead or stopped');
  }
  if (row?.generation !== planted.generation + 1) wrong.push(`generation ${planted.generation} → ${row?.generation}`);
  if (row?.lease || row?.spentRefreshToken !== undefined) wrong.push('the row is left with a lease or a spent token');
  if (row?.consecutiveFailures !== 0 || row.history.at(-1)?.outcome !== 'done')
    wrong.push('the row tells of a failure');
  if (laggards.length > 0) wrong.push(`host ${laggards.join(', ')} does not serve the new token`);
  return wrong;
}

/** A refresh token is sent once, unless each time before it was answered that it was not processed. */
function judgeSent({ sent, spentRefused }: Run): string[] {
  const processed = new Set<string>();
  const wrong = spentRefused > 0 ? ['Quartile was sent a spent refresh token'] : [];
  for (const { request, answered } of sent) {
    const token = readRefreshToken(request);
    if (token === undefined) continue;
    if (processed.has(token)) wrong.push('a refresh token that may be spent was sent again');
    if (answered === undefined || !NOT_PROCESSED.has(answered)) processed.add(token);
  }
  return wrong;
}

function describe({ struckAtMs, planted, healing }: Run, one: Observation): string {
  const at = (ms: number | undefined) => (ms === undefined ? 'never' : `${Math.round(ms - struckAtMs)} ms`);
  return (
    `${one.kind}, host ${one.worker}, asked at ${at(one.startedAtMs)}, answered at ${at(one.arrivedAtMs)}, ` +
    `${one.status ?? 'broken'} ${one.code ?? ''} (0 is the fault; the old token ended at ${at(planted.liveUntilMs)}, ` +
    `a new one was saved at ${at(healing?.healedAtMs)})`
  );
}

/** A wrong answer seldom comes alone: one of each sort, and how many there were. */
function firstOfEach(lines: readonly string[]): string[] {
  const sorts = Map.groupBy(lines, (line) => line.split(':')[0]);
  return [...sorts.values()].map((same) => `${same.length} × ${same[0]}`);
}
