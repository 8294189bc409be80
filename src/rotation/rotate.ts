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
import { type RotationKind, StoreError, type StoredRow, type TokenRow, type TokenStore } from '../store/token-store.ts';
import type { TelemetryEvent, Trigger } from '../telemetry/events.ts';
import { accessLifeMs, decideStep, type Step } from './decide.ts';
import { ATTEMPT_DEADLINE_MS } from './limits.ts';
import type { Sleep } from './patience.ts';
import { judgeLogin, judgeRefresh, type Outcome } from './outcome.ts';
import { claimed, failed, newRow, type WriteStamp } from './row-changes.ts';
import { savePair } from './save-pair.ts';
import { writeRow } from './write-row.ts';

export type RotationParts = {
  readonly store: TokenStore;
  readonly quartile: QuartileClient;
  /** A token with no more than this left is due. */
  readonly marginMs: number;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly sleep: Sleep;
};

export type RotationRequest = {
  readonly account: string;
  readonly trigger: Trigger;
  readonly report: (event: TelemetryEvent) => void;
};

export type Rotation =
  /** More than the margin is left: one read, nothing else. */
  | { readonly result: 'not-due'; readonly row: TokenRow }
  | { readonly result: 'done'; readonly row: TokenRow }
  /** Another worker is at it, or was quicker. */
  | { readonly result: 'elsewhere' }
  /** Nothing new was got. `culprit` says which side did not play along. */
  | { readonly result: 'failed'; readonly code: string; readonly culprit: 'store' | 'upstream' };

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
  const step = decideStep(stored?.row, { nowMs: parts.nowMs(), marginMs: parts.marginMs });
  switch (step.step) {
    case 'none':
      return { result: 'not-due', row: step.row };
    case 'wait':
      return { result: 'elsewhere' };
    case 'refresh':
    case 'login':
      return claimAndSend(parts, request, { stored, step, startedAtMs });
  }
}

type Attempt = {
  readonly stored: StoredRow | undefined;
  readonly step: Extract<Step, { step: RotationKind }>;
  readonly startedAtMs: number;
};

async function claimAndSend(
  parts: RotationParts,
  request: RotationRequest,
  { stored, step, startedAtMs }: Attempt,
): Promise<Rotation> {
  const before = stored?.row ?? newRow(request.account, stamp(parts));
  const claim = await writeRow(parts.store, claimed(before, step, parts.newId(), stamp(parts)), stored?.etag);
  if (claim.result === 'lost') return { result: 'elsewhere' };
  if (claim.result === 'unknown') return fail(parts, request, { code: claim.code, culprit: 'store', startedAtMs });

  const { outcome, source } = await send(parts, request, step, before);
  if (outcome.outcome === 'done') {
    const pair = { tokenSet: outcome.tokenSet, source, generation: before.generation + 1 };
    return savePair(parts, request, { pair, claim: claim.stored, startedAtMs });
  }
  const noted = await writeRow(parts.store, failed(claim.stored.row, outcome, stamp(parts)), claim.stored.etag);
  if (noted.result !== 'written') {
    const code = noted.result === 'lost' ? 'Overtaken' : noted.code;
    request.report({ name: 'rotation.failure_not_noted', account: request.account, code });
  }
  return fail(parts, request, { code: outcome.code, culprit: 'upstream', startedAtMs });
}

type SendResult = { readonly outcome: Outcome; readonly source: RotationKind };

/** Refresh, and where that leads to a login, the login: one try each, all within one deadline. */
async function send(
  { quartile, marginMs, nowMs }: RotationParts,
  { account, report }: RotationRequest,
  step: Attempt['step'],
  row: TokenRow,
): Promise<SendResult> {
  const deadline = AbortSignal.timeout(ATTEMPT_DEADLINE_MS);
  let refreshTokenSpent = true; // as far as the row says; a login does not change that
  if (step.step === 'refresh') {
    const reply = await quartile.refresh(step.refreshToken, deadline);
    const outcome = judgeRefresh(reply, { lifeLeftMs: accessLifeMs(row, nowMs()), marginMs });
    if (outcome.outcome !== 'log-in') return { outcome, source: 'refresh' };
    report({ name: 'rotation.falls_back_to_login', account, code: outcome.code });
    refreshTokenSpent = outcome.refreshTokenSpent;
    if (deadline.aborted) return { outcome: { ...outcome, outcome: 'failed' }, source: 'refresh' };
  }
  const outcome = judgeLogin(await quartile.login(deadline), refreshTokenSpent);
  return { outcome, source: 'login' };
}

function fail(
  { nowMs }: RotationParts,
  { account, trigger, report }: RotationRequest,
  { startedAtMs, ...failure }: { code: string; culprit: 'store' | 'upstream'; startedAtMs: number },
): Rotation {
  report({ name: 'rotation.failed', account, trigger, ...failure, ms: nowMs() - startedAtMs });
  return { result: 'failed', ...failure };
}

function stamp({ newId, nowMs }: RotationParts): WriteStamp {
  return { writeId: newId(), nowMs: nowMs() };
}
