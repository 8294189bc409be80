/** What the service is at, in one word: the cause that somebody looking should see first. Pure: no I/O, no clock. */
import type { Fingerprints } from '../quartile/fingerprint.ts';
import { isPairMissing } from '../hand-out/health.ts';
import type { Known } from '../hand-out/row-memory.ts';
import { accessLifeMs, leaseHolds } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import type { LoginBreaker, TokenRow } from '../store/token-store.ts';

/** The states, the one that hides the others first. */
export const SERVICE_STATES = [
  /** The table is out of reach: whatever else is said may be old. */
  'store_unreachable',
  'rotating',
  'credentials_refused',
  /** The last attempt failed. */
  'failing',
  'tokens_unreadable',
  /** There was a pair, and this instance remembers it; the table holds none. */
  'pair_missing',
  /** The table holds no pair, and none is known. */
  'empty',
  'expired',
  /** It lives, with the margin or less left. */
  'due',
  'fresh',
] as const;

export type ServiceState = (typeof SERVICE_STATES)[number];

type Circumstances = { readonly marginMs: number; readonly fingerprints: Fingerprints; readonly nowMs: number };

/** A running rotation comes before what made it necessary, and a cause before its consequence. */
export function judgeState({ stored, storeAnswers, lastHeld }: Known, circumstances: Circumstances): ServiceState {
  if (!storeAnswers) return 'store_unreachable';
  const noPair = isPairMissing({ stored, lastHeld }) ? 'pair_missing' : 'empty';
  const row = stored?.row;
  if (!row) return noPair;
  const { marginMs, fingerprints, nowMs } = circumstances;
  if (leaseHolds(row, { nowMs })) return 'rotating';
  if (standingBreaker(row, fingerprints)) return 'credentials_refused';
  if (row.consecutiveFailures > 0) return 'failing';
  if (row.tokens.state === 'unreadable') return 'tokens_unreadable';
  if (row.tokens.state === 'none') return noPair;
  const lifeMs = accessLifeMs(row, nowMs);
  if (lifeMs < DEAD_BELOW_MS) return 'expired';
  return lifeMs <= marginMs ? 'due' : 'fresh';
}

/** The login breaker, unless it was other credentials that were refused. */
export function standingBreaker({ loginBreaker }: TokenRow, fingerprints: Fingerprints): LoginBreaker | undefined {
  return loginBreaker && fingerprints.includes(loginBreaker.fingerprint) ? loginBreaker : undefined;
}
