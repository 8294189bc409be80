/**
 * Which `min_ttl` no new token meets, as far as this process knows. A renewal that did not meet one is not asked for
 * again: it would not help, and the next caller would want another one. That tokens live longer again is seen by those
 * that the timer gets.
 */
import { accessLifeMs } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import type { TokenRow } from '../store/token-store.ts';

export type Reach = {
  /** A renewal brought this row. */
  note(row: TokenRow): void;
  /** Whether neither a pair that was noted nor the one that lives now met this `min_ttl` when it was new. */
  isBeyond(row: TokenRow, minTtlSeconds: number, nowMs: number): boolean;
};

export function createReach(): Reach {
  const noted = new Map<string, number>();
  return {
    note: (row) => void noted.set(row.account, lifeWhenNewMs(row)),
    isBeyond(row, minTtlSeconds, nowMs) {
      if (accessLifeMs(row, nowMs) < DEAD_BELOW_MS) return false;
      return Math.max(noted.get(row.account) ?? Infinity, lifeWhenNewMs(row)) < minTtlSeconds * 1000;
    },
  };
}

function lifeWhenNewMs({ tokens, refreshedAtMs }: TokenRow): number {
  return tokens.state === 'held' && refreshedAtMs !== undefined
    ? tokens.set.accessExpiresAtMs - refreshedAtMs
    : Infinity;
}
