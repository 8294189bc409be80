/** The pair that is known: how long its tokens live, and which rotation it comes from. Pure: no I/O, no clock. */
import { SHORT_RUNWAY_MS } from '../hand-out/health.ts';
import { accessLifeMs, hashRefreshToken } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import type { RotationKind, TokenRow } from '../store/token-store.ts';

export type TokenLife = {
  /** When it was got, as far as is known. */
  readonly sinceMs: number | undefined;
  readonly expiresAtMs: number;
  /** 0 where it is dead. */
  readonly lifeMs: number;
  readonly lives: boolean;
};

export type AccessLife = TokenLife & {
  /** When the margin begins. */
  readonly dueAtMs: number;
};

export type RefreshLife = TokenLife & {
  /** From when on health complains. */
  readonly shortFromMs: number;
  /** It may have been, and is not sent again: a login follows. */
  readonly spent: boolean;
};

/** The rotation that the pair comes from. */
export type LastRotation = {
  readonly generation: number;
  readonly source: RotationKind | undefined;
  readonly refreshedAtMs: number | undefined;
  /** Who wanted it, as far as the history says. */
  readonly trigger: string | undefined;
  readonly ms: number | undefined;
};

export function reportAccess(row: TokenRow, marginMs: number, nowMs: number): AccessLife | undefined {
  if (row.tokens.state !== 'held') return undefined;
  const { accessExpiresAtMs } = row.tokens.set;
  const lifeMs = accessLifeMs(row, nowMs);
  return {
    sinceMs: row.refreshedAtMs,
    expiresAtMs: accessExpiresAtMs,
    lifeMs,
    lives: lifeMs >= DEAD_BELOW_MS,
    dueAtMs: accessExpiresAtMs - marginMs,
  };
}

export function reportRefresh(
  { tokens, refreshedAtMs, spentRefreshToken }: TokenRow,
  nowMs: number,
): RefreshLife | undefined {
  if (tokens.state !== 'held') return undefined;
  const { refreshToken, refreshExpiresAtMs } = tokens.set;
  const lifeMs = Math.max(0, refreshExpiresAtMs - nowMs);
  return {
    sinceMs: refreshedAtMs,
    expiresAtMs: refreshExpiresAtMs,
    lifeMs,
    lives: lifeMs > 0,
    shortFromMs: refreshExpiresAtMs - SHORT_RUNWAY_MS,
    spent: hashRefreshToken(refreshToken) === spentRefreshToken,
  };
}

export function reportRotation({
  tokens,
  generation,
  source,
  refreshedAtMs,
  history,
}: TokenRow): LastRotation | undefined {
  if (tokens.state === 'none') return undefined;
  const done = history.findLast(({ outcome }) => outcome === 'done');
  return { generation, source, refreshedAtMs, trigger: done?.trigger, ms: done?.ms };
}
