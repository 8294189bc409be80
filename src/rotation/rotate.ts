/**
 * The use case that carries out the decisions: claim, send, save. Its rules:
 *
 * - A worker calls Quartile only under the lease. The write that takes the lease also marks the refresh token about to be
 *   sent as spent, and so proves that the store can be written before a token is spent.
 * - A received pair is offered to the row before anything else, until it is saved or the row holds a newer one. The save
 *   is repeated, never the refresh.
 * - A failure never overwrites a success, and leaves the row's tokens as they were.
 */
import type { QuartileClient } from '../quartile/client.ts';
import type { Sleep } from '../sleep.ts';
import { StoreError, type StoredRow, type TokenRow, type TokenStore } from '../store/token-store.ts';
import type { TelemetryEvent } from '../telemetry/events.ts';
import {
  decideStep,
  type HoldBackCode,
  lastCheckMs,
  leaseHolds,
  type Moment,
  type Occasion,
  refreshLifeMs,
  type Rules,
} from './decide.ts';
import { type Claim, holdLease, type LeaseWatch } from './lease.ts';
import { CLAIM_TRIES, FIRST_SAVE_RETRY_MS, MARK_MS, TIMER_READ_TRIES, WRITE_TRIES } from './limits.ts';
import type { Shortfall } from './outcome.ts';
import { claimed, type EndedAttempt, failed, marked, newRow, type WriteStamp } from './row-changes.ts';
import { savePair } from './save-pair.ts';
import { type ClaimedAttempt, send } from './send.ts';
import { type RowWrite, writeRow } from './write-row.ts';

export type RotationParts = {
  readonly store: TokenStore;
  /** The highest generation that this process has seen: a new pair's is higher. */
  readonly generationSeen: (account: string) => number;
  readonly quartile: QuartileClient;
  readonly rules: Rules;
  /** The longest one request to Quartile may take. */
  readonly requestTimeoutMs: number;
  readonly nowMs: () => number;
  /** A monotonic clock, in milliseconds: leases and deadlines are measured by it. */
  readonly steadyMs: () => number;
  readonly newId: () => string;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly sleep: Sleep;
  /** Makes a signal that aborts after this many milliseconds. */
  readonly abortAfter: (ms: number) => AbortSignal;
};

/** What the rotations of one process share. */
export type SharedParts = RotationParts & {
  readonly watchLease: LeaseWatch;
  /** Told when a received pair is not saved yet, and when it is. */
  readonly notePendingSave: (account: string, isPending: boolean) => void;
};

export type RotationRequest = {
  readonly account: string;
  readonly occasion: Occasion;
  readonly logEvent: (event: TelemetryEvent) => void;
  /** The row, if the caller has just read it from the table: it is not read again. */
  readonly found?: { readonly stored: StoredRow | undefined } | undefined;
};

export type Rotation =
  /** The token has more than the margin left, or is no longer the one that was refused. */
  | { readonly result: 'not-due'; readonly row: TokenRow }
  | { readonly result: 'done'; readonly row: TokenRow }
  /** Another worker holds the lease, or was faster. */
  | { readonly result: 'elsewhere' }
  /** A rotation is due, and must not start before then. */
  | { readonly result: 'held-back'; readonly code: HoldBackCode; readonly untilMs: number; readonly row: TokenRow }
  /** There is no new pair. `culprit`: the side that failed, the store or Quartile. */
  | {
      readonly result: 'failed';
      readonly code: string;
      readonly culprit: 'store' | 'upstream';
      /** The row with the failure in it, if that was written. */
      readonly row: TokenRow | undefined;
    };

/**
 * Brings an account's pair up to date if it is due. Never throws for what the store or Quartile does.
 *
 * @returns when the rotation has ended: the new pair is saved, or the failure recorded
 */
export async function rotate(parts: SharedParts, request: RotationRequest): Promise<Rotation> {
  const { account, occasion } = request;
  const startedAtMs = parts.nowMs();
  try {
    let stored = request.found ? request.found.stored : await readRow(parts, request);
    for (let tries = 0; tries < CLAIM_TRIES; tries += 1) {
      const moment = { nowMs: parts.nowMs(), leaseSeenForMs: parts.watchLease(account, stored?.row.lease) };
      const step = decideStep(stored?.row, occasion, parts.rules, moment);
      reportUnreadable(request, stored, step.step);
      if (step.step === 'wait') return { result: 'elsewhere' };
      if (step.step === 'none' || step.step === 'hold-back') {
        const row = stored && occasion.trigger === 'timer' ? await leaveMark(parts, stored, moment) : step.row;
        if (step.step === 'none') return { result: 'not-due', row };
        return { result: 'held-back', code: step.code, untilMs: step.untilMs, row };
      }
      const claim = await claimRow(parts, request, { stored, step });
      if (claim.result === 'unknown') return fail(parts, request, { code: claim.code, culprit: 'store', startedAtMs });
      if (claim.result === 'written') return await attempt(parts, request, { ...claim, startedAtMs });
      stored = claim.found; // the row was changed, which need not mean that another worker rotates
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return fail(parts, request, { code: error.code, culprit: 'store', startedAtMs });
  }
  return fail(parts, request, { code: 'row_keeps_changing', culprit: 'store', startedAtMs });
}

/** Reads the row. The timer has time to wait for the first access token of a managed identity. */
async function readRow({ store }: RotationParts, { account, occasion }: RotationRequest) {
  for (let triesLeft = occasion.trigger === 'timer' ? TIMER_READ_TRIES : 1; ; triesLeft -= 1) {
    try {
      return await store.read(account);
    } catch (error) {
      if (triesLeft === 1 || !(error instanceof StoreError) || error.code !== 'store_timed_out') throw error;
    }
  }
}

/** Says why a login is about to replace tokens that cannot be decrypted; the timer also says why one would. */
function reportUnreadable(
  { account, occasion, logEvent }: RotationRequest,
  stored: StoredRow | undefined,
  step: string,
) {
  const tokens = stored?.row.tokens;
  if (tokens?.state !== 'unreadable') return;
  if (step === 'login' || (step === 'hold-back' && occasion.trigger === 'timer')) {
    logEvent({ name: 'tokens.unreadable', account, reason: tokens.reason });
  }
}

/** Shows health that the timer runs, once an hour; never while another worker holds the lease. */
async function leaveMark(parts: RotationParts, { row, etag }: StoredRow, moment: Moment): Promise<TokenRow> {
  if (leaseHolds(row, moment) || moment.nowMs - lastCheckMs(row, moment.nowMs) <= MARK_MS) return row;
  const mark = await writeRow(parts.store, marked(row, stamp(parts)), etag);
  return mark.result === 'written' ? mark.stored.row : row; // lost to a rotation: that shows the same
}

type ClaimResult =
  | (Claim & Pick<ClaimedAttempt, 'step' | 'row'> & { readonly result: 'written' })
  | Extract<RowWrite, { result: 'lost' | 'unknown' }>;

/** Takes the lease. The same write is repeated while its outcome is unknown: a claim that was written is used. */
async function claimRow(
  parts: RotationParts,
  request: RotationRequest,
  { stored, step }: { stored: StoredRow | undefined; step: ClaimedAttempt['step'] },
): Promise<ClaimResult> {
  const now = stamp(parts);
  const claimedAtMs = parts.steadyMs();
  const row = stored?.row ?? newRow(request.account, now);
  const intent = claimed(row, step, { leaseId: parts.newId(), trigger: request.occasion.trigger }, now);
  for (let tries = 1; ; tries += 1) {
    const write = await writeRow(parts.store, intent, stored?.etag);
    if (write.result === 'written') return { result: 'written', stored: write.stored, claimedAtMs, step, row };
    if (write.result === 'lost' || tries === WRITE_TRIES) return write;
    await parts.sleep(FIRST_SAVE_RETRY_MS);
  }
}

/** Sends under the lease, then saves the pair or records the failure. */
async function attempt(
  parts: SharedParts,
  request: RotationRequest,
  claim: Extract<ClaimResult, { result: 'written' }> & { readonly startedAtMs: number },
): Promise<Rotation> {
  const { startedAtMs, row } = claim;
  const lease = holdLease(parts, request, claim);
  const { outcome, kind } = await send(parts, request, { ...claim, lease }).finally(lease.stop);
  const ended: EndedAttempt = { startedAtMs, trigger: request.occasion.trigger, kind };
  if (outcome.outcome === 'done') {
    const generation = Math.max(row.generation, parts.generationSeen(request.account)) + 1;
    const pair = { tokenSet: outcome.tokenSet, source: kind, generation };
    return savePair(parts, request, { pair, notes: outcome.notes, claim: lease.stored(), attempt: ended });
  }
  const noted = await recordFailure(parts, request, { outcome, attempt: ended, claim: lease.stored() });
  if (noted === 'overtaken') return { result: 'elsewhere' };
  const culprit = outcome.code === 'lease_lost' ? 'store' : 'upstream';
  return fail(parts, request, { code: outcome.code, culprit, row: noted, startedAtMs });
}

/**
 * Records a failure while the row still carries our lease: a row that another worker has claimed or renewed is not ours
 * to change. Gives up if the store does not answer: the lease ends by itself.
 *
 * @returns the row as written; `undefined` if it could not be written; `overtaken` if another worker has the row
 */
async function recordFailure(
  parts: RotationParts,
  { account, logEvent }: RotationRequest,
  { outcome, attempt: ended, claim }: { outcome: Shortfall; attempt: EndedAttempt; claim: StoredRow },
): Promise<TokenRow | 'overtaken' | undefined> {
  const chance = { random: parts.random(), fingerprints: parts.rules.fingerprints };
  const row = failed(claim.row, outcome, ended, { ...stamp(parts), ...chance });
  let code = 'overtaken';
  let { etag } = claim;
  for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
    const noted = await writeRow(parts.store, row, etag);
    if (noted.result === 'written') return row;
    if (noted.result === 'unknown') {
      code = noted.code;
      await parts.sleep(FIRST_SAVE_RETRY_MS);
      continue;
    }
    const found = noted.found?.row;
    if (!noted.found || found?.lease?.id !== claim.row.lease?.id) {
      logEvent({ name: 'rotation.failure_not_noted', account, code: 'overtaken' });
      return found && (found.lease || found.generation > row.generation) ? 'overtaken' : undefined;
    }
    etag = noted.found.etag; // a heartbeat of ours was written last
  }
  logEvent({ name: 'rotation.failure_not_noted', account, code });
  return undefined;
}

function fail(
  { nowMs }: RotationParts,
  { account, occasion: { trigger }, logEvent }: RotationRequest,
  failure: { code: string; culprit: 'store' | 'upstream'; row?: TokenRow | undefined; startedAtMs: number },
): Rotation {
  const { code, culprit, row, startedAtMs } = failure;
  const now = nowMs();
  const left = row && { refreshSecondsLeft: Math.floor(refreshLifeMs(row, now) / 1000) };
  logEvent({ name: 'rotation.failed', account, trigger, culprit, code, ms: now - startedAtMs, ...left });
  return { result: 'failed', code, culprit, row };
}

function stamp({ newId, nowMs }: RotationParts): WriteStamp {
  return { writeId: newId(), nowMs: nowMs() };
}
