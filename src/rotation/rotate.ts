/**
 * The use case that acts the decisions out: claim, send, save. Its rules:
 *
 * - Nobody calls Quartile without the lease. The write that takes it also names the refresh token about to be sent as
 *   spent, and proves that the store can be written before a token is.
 * - A pair that was received is offered to the row before anything else, until it is saved or a newer one stands
 *   there. The save is repeated, never the refresh.
 * - A failure never overwrites a success, and leaves the row's tokens as they were.
 */
import type { QuartileClient } from '../quartile/client.ts';
import { StoreError, type StoredRow, type TokenRow, type TokenStore } from '../store/token-store.ts';
import type { TelemetryEvent } from '../telemetry/events.ts';
import {
  decideStep,
  type HoldBackCode,
  lastCheckMs,
  leaseHolds,
  refreshLifeMs,
  type Occasion,
  type Rules,
  type Step,
} from './decide.ts';
import { FIRST_SAVE_RETRY_MS, MARK_MS, WRITE_TRIES } from './limits.ts';
import type { Sleep } from '../sleep.ts';
import { claimed, type EndedAttempt, failed, marked, newRow, type WriteStamp } from './row-changes.ts';
import { savePair } from './save-pair.ts';
import { type ClaimedAttempt, send, type Sent } from './send.ts';
import { type RowWrite, writeRow } from './write-row.ts';

export type RotationParts = {
  readonly store: TokenStore;
  /** The generation of the newest pair that this process has seen: a new pair counts on from it. */
  readonly generationSeen: (account: string) => number;
  readonly quartile: QuartileClient;
  readonly rules: Rules;
  /** The longest one request to Quartile may take. */
  readonly requestTimeoutMs: number;
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly sleep: Sleep;
  /** A signal that aborts after this many milliseconds. */
  readonly abortAfter: (ms: number) => AbortSignal;
};

export type RotationRequest = {
  readonly account: string;
  readonly occasion: Occasion;
  readonly logEvent: (event: TelemetryEvent) => void;
};

export type Rotation =
  /** More than the margin is left, or the token is no longer the one that was refused. */
  | { readonly result: 'not-due'; readonly row: TokenRow }
  | { readonly result: 'done'; readonly row: TokenRow }
  /** Another worker is at it, or was quicker. */
  | { readonly result: 'elsewhere' }
  /** It is due, and must not be tried before then. */
  | { readonly result: 'held-back'; readonly code: HoldBackCode; readonly untilMs: number; readonly row: TokenRow }
  /** Nothing new was got. `culprit` says which side did not play along. */
  | {
      readonly result: 'failed';
      readonly code: string;
      readonly culprit: 'store' | 'upstream';
      /** The row with the failure in it, where that could be written. */
      readonly row: TokenRow | undefined;
    };

/**
 * Brings an account's pair up to date if it is due. Never throws for what the store or Quartile does.
 *
 * @returns when the rotation has ended: a new pair is saved, or the failure noted
 */
export async function rotate(parts: RotationParts, request: RotationRequest): Promise<Rotation> {
  const startedAtMs = parts.nowMs();
  let stored: StoredRow | undefined;
  try {
    stored = await parts.store.read(request.account);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return fail(parts, request, { code: error.code, culprit: 'store', startedAtMs });
  }
  for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
    const step = decideStep(stored?.row, request.occasion, parts.rules, parts.nowMs());
    logUnreadable(request, stored, step);
    if (step.step === 'wait') return { result: 'elsewhere' };
    if (step.step === 'none' || step.step === 'hold-back') {
      const row = stored && request.occasion.trigger === 'timer' ? await leaveMark(parts, stored) : step.row;
      return rest({ ...step, row });
    }
    const claim = await claimRow(parts, request, { stored, step });
    if (claim.result === 'unknown') return fail(parts, request, { code: claim.code, culprit: 'store', startedAtMs });
    if (claim.result === 'written') return sendAndNote(parts, request, { ...claim.attempt, startedAtMs });
    stored = claim.found; // somebody changed the row, which need not mean that anybody rotates
  }
  return { result: 'elsewhere' };
}

/** What it comes to where nothing is sent. */
export function rest(step: Extract<Step, { step: 'none' | 'hold-back' }>): Rotation {
  const { row } = step;
  if (step.step === 'none') return { result: 'not-due', row };
  return { result: 'held-back', code: step.code, untilMs: step.untilMs, row };
}

/** Why a login is about to replace tokens that nobody has seen end; the timer also says why one would. */
function logUnreadable({ account, occasion, logEvent }: RotationRequest, stored: StoredRow | undefined, step: Step) {
  const tokens = stored?.row.tokens;
  if (tokens?.state !== 'unreadable') return;
  if (step.step === 'login' || (step.step === 'hold-back' && occasion.trigger === 'timer')) {
    logEvent({ name: 'tokens.unreadable', account, reason: tokens.reason });
  }
}

/** Tells health that the timer lives, now and then; never while another worker holds the lease. */
async function leaveMark(parts: RotationParts, { row, etag }: StoredRow): Promise<TokenRow> {
  const nowMs = parts.nowMs();
  if (leaseHolds(row, nowMs) || nowMs - lastCheckMs(row, nowMs) <= MARK_MS) return row;
  const mark = await writeRow(parts.store, marked(row, stamp(parts)), etag);
  return mark.result === 'written' ? mark.stored.row : row; // lost to a rotation: that is a mark as good as ours
}

type Claim =
  | { readonly result: 'written'; readonly attempt: ClaimedAttempt & { readonly claim: StoredRow } }
  | Extract<RowWrite, { result: 'lost' | 'unknown' }>;

/** Takes the lease. The same write is repeated while nobody can say what became of it: a claim that stands is used. */
async function claimRow(
  parts: RotationParts,
  request: RotationRequest,
  { stored, step }: { stored: StoredRow | undefined; step: ClaimedAttempt['step'] },
): Promise<Claim> {
  const now = stamp(parts);
  const row = stored?.row ?? newRow(request.account, now);
  const intent = claimed(row, step, { leaseId: parts.newId(), trigger: request.occasion.trigger }, now);
  for (let tries = 1; ; tries += 1) {
    const write = await writeRow(parts.store, intent, stored?.etag);
    if (write.result === 'written') {
      return { result: 'written', attempt: { step, row, claimedAtMs: now.nowMs, claim: write.stored } };
    }
    if (write.result === 'lost' || tries === WRITE_TRIES) return write;
    await parts.sleep(FIRST_SAVE_RETRY_MS);
  }
}

async function sendAndNote(
  parts: RotationParts,
  request: RotationRequest,
  { claim, startedAtMs, ...claimedAttempt }: ClaimedAttempt & { claim: StoredRow; startedAtMs: number },
): Promise<Rotation> {
  const { outcome, kind }: Sent = await send(parts, request, claimedAttempt);
  const attempt: EndedAttempt = { startedAtMs, trigger: request.occasion.trigger, kind };
  if (outcome.outcome === 'done') {
    const generation = Math.max(claim.row.generation, parts.generationSeen(request.account)) + 1;
    return savePair(parts, request, { pair: { tokenSet: outcome.tokenSet, source: kind, generation }, claim, attempt });
  }
  const chance = { random: parts.random(), fingerprints: parts.rules.fingerprints };
  const ended = failed(claim.row, outcome, attempt, { ...stamp(parts), ...chance });
  const noted = await noteFailure(parts, request, ended, claim);
  return fail(parts, request, { code: outcome.code, culprit: 'upstream', row: noted, startedAtMs });
}

/**
 * Notes a failure as long as the row still carries our lease: one that another worker holds by now, or that has been
 * renewed, is not ours to change. Gives up when the store does not answer: the lease ends by itself.
 */
async function noteFailure(
  parts: RotationParts,
  request: RotationRequest,
  row: TokenRow,
  claim: StoredRow,
): Promise<TokenRow | undefined> {
  let code = 'Overtaken';
  let etag = claim.etag;
  for (let tries = 0; tries < WRITE_TRIES; tries += 1) {
    const noted = await writeRow(parts.store, row, etag);
    if (noted.result === 'written') return row;
    if (noted.result === 'unknown') {
      code = noted.code;
      await parts.sleep(FIRST_SAVE_RETRY_MS);
    } else if (noted.found?.row.lease?.id === claim.row.lease?.id) {
      etag = noted.found?.etag ?? etag;
    } else break;
  }
  request.logEvent({ name: 'rotation.failure_not_noted', account: request.account, code });
  return undefined;
}

function fail(
  { nowMs }: RotationParts,
  { account, occasion: { trigger }, logEvent }: RotationRequest,
  failure: { code: string; culprit: 'store' | 'upstream'; row?: TokenRow | undefined; startedAtMs: number },
): Rotation {
  const { code, culprit, row, startedAtMs } = failure;
  const now = nowMs();
  const runway = row && { refreshSecondsLeft: Math.floor(refreshLifeMs(row, now) / 1000) };
  logEvent({ name: 'rotation.failed', account, trigger, culprit, code, ms: now - startedAtMs, ...runway });
  return { result: 'failed', code, culprit, row };
}

function stamp({ newId, nowMs }: RotationParts): WriteStamp {
  return { writeId: newId(), nowMs: nowMs() };
}
