import { createHash } from 'node:crypto';
import type { TokenPair } from './token-sets.ts';

export type RefreshTokenState = 'good' | 'spent' | 'expired' | 'unknown';
export type Revocable = 'access' | 'refresh' | 'all';

/**
 * The tokens that are out, each on its own: a login ends no other session, and a refresh ends no access token.
 * Only their SHA-256 is kept. Nothing is ever dropped but by `revoke` and `clear`: a test run is short.
 */
export interface Sessions {
  add(pair: TokenPair): void;
  inspectRefreshToken(token: string, nowMs: number): RefreshTokenState;
  spendRefreshToken(token: string): void;
  /** Milliseconds that an access token has left; 0 for an expired, revoked or unknown one. */
  measureAccessToken(token: string, nowMs: number): number;
  /** Makes all present tokens of a kind unknown. Returns how many there were, the expired and spent ones included. */
  revoke(what: Revocable): { access: number; refresh: number };
  clear(): void;
}

export function createSessions(): Sessions {
  const accessEndsMs = new Map<string, number>();
  const refreshTokens = new Map<string, { readonly expiresAtMs: number; spent: boolean }>();
  const revoke = (what: Revocable): { access: number; refresh: number } => ({
    access: what === 'refresh' ? 0 : empty(accessEndsMs),
    refresh: what === 'access' ? 0 : empty(refreshTokens),
  });
  return {
    add({ access, refresh }) {
      accessEndsMs.set(hash(access.token), access.expiresAtMs);
      refreshTokens.set(hash(refresh.token), { expiresAtMs: refresh.expiresAtMs, spent: false });
    },
    inspectRefreshToken(token, nowMs) {
      const known = refreshTokens.get(hash(token));
      if (known === undefined) return 'unknown';
      if (known.spent) return 'spent';
      return nowMs >= known.expiresAtMs ? 'expired' : 'good';
    },
    spendRefreshToken(token) {
      const known = refreshTokens.get(hash(token));
      if (known !== undefined) known.spent = true;
    },
    measureAccessToken: (token, nowMs) => Math.max(0, (accessEndsMs.get(hash(token)) ?? nowMs) - nowMs),
    revoke,
    clear: () => void revoke('all'),
  };
}

function empty(map: Map<string, unknown>): number {
  const { size } = map;
  map.clear();
  return size;
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
