/** Whether a token may be handed out as it is. Pure: no I/O, no clock. */
import { accessLifeMs } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import type { TokenRow } from '../store/token-store.ts';

/** Without `min_ttl`, a token with less than this left is renewed first, if that is quick. */
const DYING_BELOW_MS = 60_000;

/** What "quick" means, and how long before its end such a token is served at the latest. */
const QUICK_MS = 3_000;
const SERVE_BEFORE_END_MS = 2_000;

export type LifeVerdict =
  | { readonly verdict: 'serve' }
  /** It is valid, though not for long: wait for a newer one, but no longer than this, then serve what is valid. */
  | { readonly verdict: 'renew-if-quick'; readonly waitMs: number }
  /** It has expired, or has less left than the requested `min_ttl`. */
  | { readonly verdict: 'renew-first' };

/**
 * @param row the row whose token is judged
 * @param minTtlSeconds the caller's `min_ttl`, a strict guarantee; `undefined` if none was requested
 */
export function judgeLife(row: TokenRow | undefined, minTtlSeconds: number | undefined, nowMs: number): LifeVerdict {
  const lifeMs = row ? accessLifeMs(row, nowMs) : 0;
  if (lifeMs < DEAD_BELOW_MS) return { verdict: 'renew-first' };
  if (minTtlSeconds !== undefined) return { verdict: lifeMs >= minTtlSeconds * 1000 ? 'serve' : 'renew-first' };
  const waitMs = quickWaitMs(lifeMs);
  return lifeMs < DYING_BELOW_MS && waitMs > 0 ? { verdict: 'renew-if-quick', waitMs } : { verdict: 'serve' };
}

/** How long a caller may wait while a token with this much left could be served. */
export function quickWaitMs(lifeMs: number): number {
  return Math.max(0, Math.min(QUICK_MS, lifeMs - SERVE_BEFORE_END_MS));
}

/**
 * Tells whether a renewal cannot meet this `min_ttl`: the valid token did not meet it when it was new, so the next would
 * not either, and callers would rotate in vain.
 */
export function isOutOfReach(row: TokenRow | undefined, minTtlSeconds: number, nowMs: number): boolean {
  if (row?.tokens.state !== 'held' || row.refreshedAtMs === undefined) return false;
  if (accessLifeMs(row, nowMs) < DEAD_BELOW_MS) return false;
  return row.tokens.set.accessExpiresAtMs - row.refreshedAtMs < minTtlSeconds * 1000;
}
