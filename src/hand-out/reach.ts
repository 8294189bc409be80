/**
 * Which `min_ttl` no new token meets, as far as this process knows. A renewal that did not meet one is not asked for
 * again: it would not help, and the next caller would want another one. It is forgotten once a pair lives longer.
 */
import { accessLifeMs } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import type { TokenRow } from '../store/token-store.ts';

export type Reach = {
  /** A renewal brought this row. */
  note(row: TokenRow): void;
  /** This row is there: where its token lived longer than the one that was noted, so may the next. */
  see(row: TokenRow): void;
  /** Whether neither a pair that was noted nor the one that lives now met this `min_ttl` when it was new. */
  isBeyond(row: TokenRow, minTtlSeconds: number, nowMs: number): boolean;
};

export function createReach(): Reach {
  const noted = new Map<string, number>();
  return {
    note: (row) => void noted.set(row.account, lifeWhenNewMs(row)),
    see(row) {
      if (lifeWhenNewMs(row) > (noted.get(row.account) ?? Infinity)) noted.delete(row.account);
    },
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
