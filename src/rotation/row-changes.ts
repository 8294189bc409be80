/** The rows that a rotation writes, each made from the row before it. Pure: no I/O, no clock. */
import type { TokenSet } from '../quartile/token-set.ts';
import type { RotationKind, TokenRow } from '../store/token-store.ts';
import { hashRefreshToken, type Step } from './decide.ts';
import { LEASE_MS } from './limits.ts';

export type WriteStamp = { readonly writeId: string; readonly nowMs: number };

/** The row of an account that has none yet. */
export function newRow(account: string, { writeId, nowMs }: WriteStamp): TokenRow {
  return {
    account,
    generation: 0,
    tokens: { state: 'none' },
    source: undefined,
    refreshedAtMs: undefined,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    lease: undefined,
    attempt: undefined,
    spentRefreshToken: undefined,
    consecutiveFailures: 0,
    lastFailureCode: undefined,
    writeId,
  };
}

/**
 * A worker claims the rotation, and says what it is about to do. Before a refresh the token about to be sent is named
 * as spent: should the worker die, or the answer be lost, nobody sends it again.
 */
export function claimed(
  row: TokenRow,
  step: Extract<Step, { step: RotationKind }>,
  leaseId: string,
  { writeId, nowMs }: WriteStamp,
): TokenRow {
  return {
    ...row,
    lease: { id: leaseId, expiresAtMs: nowMs + LEASE_MS },
    attempt: { kind: step.step, startedAtMs: nowMs },
    spentRefreshToken: step.step === 'refresh' ? hashRefreshToken(step.refreshToken) : row.spentRefreshToken,
    updatedAtMs: nowMs,
    writeId,
  };
}

/** A new pair: the only change that counts the generation up. */
export function renewed(
  row: TokenRow,
  pair: { readonly tokenSet: TokenSet; readonly source: RotationKind; readonly generation: number },
  { writeId, nowMs }: WriteStamp,
): TokenRow {
  return {
    ...row,
    generation: pair.generation,
    tokens: { state: 'held', set: pair.tokenSet },
    source: pair.source,
    refreshedAtMs: nowMs,
    updatedAtMs: nowMs,
    lease: undefined,
    spentRefreshToken: undefined,
    consecutiveFailures: 0,
    lastFailureCode: undefined,
    writeId,
  };
}

/** Nothing new was got: the tokens stay as they were, the lease ends, and the failure is counted. */
export function failed(
  row: TokenRow,
  failure: { readonly code: string; readonly refreshTokenSpent: boolean },
  { writeId, nowMs }: WriteStamp,
): TokenRow {
  return {
    ...row,
    updatedAtMs: nowMs,
    lease: undefined,
    spentRefreshToken: failure.refreshTokenSpent ? row.spentRefreshToken : undefined,
    consecutiveFailures: row.consecutiveFailures + 1,
    lastFailureCode: failure.code,
    writeId,
  };
}
