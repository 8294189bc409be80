/** The rows that a rotation writes, each made from the row before it. Pure: no I/O, no clock. */
import type { Fingerprints } from '../quartile/fingerprint.ts';
import type { TokenSet } from '../quartile/token-set.ts';
import { HISTORY_LENGTH, type LoginBreaker, type RotationKind, type TokenRow } from '../store/token-store.ts';
import { backOffMs, obeyedRetryAfterMs, refusalWaitMs } from './back-off.ts';
import { hashRefreshToken, type Occasion, type Step } from './decide.ts';
import { LEASE_MS } from './limits.ts';
import { CREDENTIALS_REFUSED, type Shortfall } from './outcome.ts';

export type WriteStamp = { readonly writeId: string; readonly nowMs: number };

/** An attempt that has ended, as the row records it. */
export type EndedAttempt = {
  readonly startedAtMs: number;
  readonly trigger: Occasion['trigger'];
  /** What was sent last. */
  readonly kind: RotationKind;
};

/** The row of an account that has none. */
export function newRow(account: string, { writeId, nowMs }: WriteStamp): TokenRow {
  return {
    account,
    generation: 0,
    tokens: { state: 'none' },
    source: undefined,
    refreshedAtMs: undefined,
    trigger: undefined,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    lease: undefined,
    attempt: undefined,
    spentRefreshToken: undefined,
    consecutiveFailures: 0,
    lastFailureCode: undefined,
    nextAttemptAtMs: undefined,
    retryAfterUntilMs: undefined,
    unreadableReplacedAtMs: undefined,
    loginBreaker: undefined,
    lastCheckAtMs: undefined,
    history: [],
    writeId,
  };
}

/** The timer ran, and nothing was due. */
export function marked(row: TokenRow, { writeId, nowMs }: WriteStamp): TokenRow {
  return { ...row, lastCheckAtMs: nowMs, updatedAtMs: nowMs, writeId };
}

/**
 * A worker claims the rotation and records what it is about to do. Before a refresh, the token about to be sent is marked
 * as spent: if the worker dies or the response is lost, no worker sends it again.
 */
export function claimed(
  row: TokenRow,
  step: Extract<Step, { step: RotationKind }>,
  claim: { readonly leaseId: string; readonly trigger: Occasion['trigger'] },
  { writeId, nowMs }: WriteStamp,
): TokenRow {
  return {
    ...row,
    lease: { id: claim.leaseId, expiresAtMs: nowMs + LEASE_MS },
    attempt: { kind: step.step, startedAtMs: nowMs },
    spentRefreshToken: step.step === 'refresh' ? hashRefreshToken(step.refreshToken) : row.spentRefreshToken,
    lastCheckAtMs: claim.trigger === 'timer' ? nowMs : row.lastCheckAtMs,
    unreadableReplacedAtMs:
      row.tokens.state === 'unreadable' && claim.trigger !== 'timer' ? nowMs : row.unreadableReplacedAtMs,
    updatedAtMs: nowMs,
    writeId,
  };
}

/** The holder of the lease extends it. Nothing else changes. */
export function heartbeat(row: TokenRow, { writeId, nowMs }: WriteStamp): TokenRow {
  const lease = row.lease && { ...row.lease, expiresAtMs: nowMs + LEASE_MS };
  return { ...row, lease, updatedAtMs: nowMs, writeId };
}

export type ReceivedPair = {
  readonly tokenSet: TokenSet;
  readonly source: RotationKind;
  readonly generation: number;
};

/** A new pair. Only this change raises the generation; it also ends every failure. */
export function renewed(
  row: TokenRow,
  { tokenSet, source, generation }: ReceivedPair,
  attempt: EndedAttempt,
  { writeId, nowMs }: WriteStamp,
): TokenRow {
  return {
    ...row,
    generation,
    tokens: { state: 'held', set: tokenSet },
    source,
    refreshedAtMs: nowMs,
    trigger: attempt.trigger,
    updatedAtMs: nowMs,
    lease: undefined,
    spentRefreshToken: undefined,
    consecutiveFailures: 0,
    lastFailureCode: undefined,
    nextAttemptAtMs: undefined,
    retryAfterUntilMs: undefined,
    // A refresh shows that the subscription key works again; it says nothing about the password.
    loginBreaker: source === 'refresh' && row.loginBreaker?.code === CREDENTIALS_REFUSED ? row.loginBreaker : undefined,
    history: remember(row, attempt, 'done', nowMs),
    writeId,
  };
}

/** There is no new pair: the tokens stay as they were, the lease ends, and the failure is counted. */
export function failed(
  row: TokenRow,
  shortfall: Shortfall,
  attempt: EndedAttempt,
  {
    writeId,
    nowMs,
    random,
    fingerprints,
  }: WriteStamp & { readonly random: number; readonly fingerprints: Fingerprints },
): TokenRow {
  const failures = row.consecutiveFailures + 1;
  const retryAfterMs = shortfall.retryAfterMs === undefined ? 0 : obeyedRetryAfterMs(shortfall.retryAfterMs);
  return {
    ...row,
    updatedAtMs: nowMs,
    lease: undefined,
    spentRefreshToken: shortfall.refreshTokenSpent ? row.spentRefreshToken : undefined,
    consecutiveFailures: failures,
    lastFailureCode: shortfall.code,
    nextAttemptAtMs: nowMs + Math.max(backOffMs(failures, shortfall.longBackOff, random), retryAfterMs),
    retryAfterUntilMs: retryAfterMs > 0 ? nowMs + retryAfterMs : undefined,
    loginBreaker: shortfall.refused ? opened(row.loginBreaker, shortfall.code, fingerprints, nowMs) : row.loginBreaker,
    history: remember(row, attempt, shortfall.code, nowMs),
    writeId,
  };
}

/**
 * The breaker after a refusal. Refreshes continue while it is open: their refusals do not count until the wait is over,
 * and do not hide that a login was refused.
 */
function opened(
  before: LoginBreaker | undefined,
  code: string,
  fingerprints: Fingerprints,
  nowMs: number,
): LoginBreaker {
  const [fingerprint] = fingerprints;
  if (!before || !fingerprints.includes(before.fingerprint)) {
    return { refusals: 1, code, fingerprint, nextLoginAtMs: nowMs + refusalWaitMs(1) };
  }
  const worse = before.code === CREDENTIALS_REFUSED ? before.code : code;
  if (nowMs < before.nextLoginAtMs) return { ...before, code: worse };
  const refusals = before.refusals + 1;
  return { refusals, code: worse, fingerprint, nextLoginAtMs: nowMs + refusalWaitMs(refusals) };
}

function remember({ history }: TokenRow, attempt: EndedAttempt, outcome: string, nowMs: number): TokenRow['history'] {
  const { startedAtMs, trigger, kind } = attempt;
  const ms = Math.max(0, nowMs - startedAtMs);
  return [...history, { atMs: startedAtMs, trigger, kind, outcome, ms }].slice(-HISTORY_LENGTH);
}
