/** What to do with a row. Pure: no I/O, no clock. */
import { createHash } from 'node:crypto';
import type { TokenRow } from '../store/token-store.ts';
import { LONGEST_BELIEVABLE_LEASE_MS, TAKEOVER_GRACE_MS } from './limits.ts';

export type Step =
  /** The token lives longer than the margin. */
  | { readonly step: 'none'; readonly row: TokenRow }
  /** Another worker is at it, until then at the latest. */
  | { readonly step: 'wait'; readonly untilMs: number }
  | { readonly step: 'refresh'; readonly refreshToken: string }
  | { readonly step: 'login' };

/**
 * Decides what an account's row calls for.
 *
 * @param row `undefined` where the account has no row yet
 * @param marginMs a token with no more than this left is due
 */
export function decideStep(row: TokenRow | undefined, { nowMs, marginMs }: { nowMs: number; marginMs: number }): Step {
  if (row && accessLifeMs(row, nowMs) > marginMs) return { step: 'none', row };
  const heldUntilMs = row && leaseHeldUntilMs(row, nowMs);
  if (heldUntilMs !== undefined) return { step: 'wait', untilMs: heldUntilMs };
  const refreshToken = row && usableRefreshToken(row, nowMs);
  return refreshToken === undefined ? { step: 'login' } : { step: 'refresh', refreshToken };
}

/** What is left of the row's access token, in milliseconds: 0 where it is dead, or there is none. */
export function accessLifeMs({ tokens }: TokenRow, nowMs: number): number {
  return tokens.state === 'held' ? Math.max(0, tokens.set.accessExpiresAtMs - nowMs) : 0;
}

/** The moment from which the row's lease may be taken over, or `undefined` where none holds. */
export function leaseHeldUntilMs({ lease }: TokenRow, nowMs: number): number | undefined {
  if (!lease || lease.expiresAtMs - nowMs > LONGEST_BELIEVABLE_LEASE_MS) return undefined;
  const untilMs = lease.expiresAtMs + TAKEOVER_GRACE_MS;
  return nowMs < untilMs ? untilMs : undefined;
}

/** The row's refresh token, unless it has expired, or may have been spent by an attempt nobody saw the end of. */
function usableRefreshToken({ tokens, spentRefreshToken }: TokenRow, nowMs: number): string | undefined {
  if (tokens.state !== 'held' || tokens.set.refreshExpiresAtMs <= nowMs) return undefined;
  return hashRefreshToken(tokens.set.refreshToken) === spentRefreshToken ? undefined : tokens.set.refreshToken;
}

/** SHA-256 in hex: names a refresh token without telling it. */
export function hashRefreshToken(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('hex');
}
