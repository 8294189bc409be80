/** Whether a token may be handed out as it is. Pure: no I/O, no clock. */
import { DEAD_BELOW_MS } from '../rotation/limits.ts';

/** Without `min_ttl`, a token with less than this left is renewed first, if that is quick. */
const RENEW_BELOW_MS = 60_000;

/** What "quick" means, and how long before its end such a token is served at the latest. */
export const QUICK_MS = 3_000;
const SERVE_BEFORE_END_MS = 2_000;

export type LifeVerdict =
  | { readonly verdict: 'serve' }
  /** It lives, though not for long: wait for a newer one, no longer than this, then serve whatever lives. */
  | { readonly verdict: 'renew-if-quick'; readonly patienceMs: number }
  /** Dead, or below the `min_ttl` that was asked for. */
  | { readonly verdict: 'renew-first' };

/**
 * @param lifeMs what is left of the token, now
 * @param minTtlSeconds the caller's `min_ttl`, a strict promise; `undefined` where none was asked for
 */
export function judgeLife(lifeMs: number, minTtlSeconds: number | undefined): LifeVerdict {
  if (lifeMs < DEAD_BELOW_MS) return { verdict: 'renew-first' };
  if (minTtlSeconds !== undefined) return { verdict: lifeMs >= minTtlSeconds * 1000 ? 'serve' : 'renew-first' };
  const patienceMs = quickMs(lifeMs);
  return lifeMs < RENEW_BELOW_MS && patienceMs > 0 ? { verdict: 'renew-if-quick', patienceMs } : { verdict: 'serve' };
}

/** How long a caller may be kept waiting while a token with so much left would do. */
export function quickMs(lifeMs: number): number {
  return Math.max(0, Math.min(QUICK_MS, lifeMs - SERVE_BEFORE_END_MS));
}
