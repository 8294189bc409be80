/** A token that was handed out, and how two of them compare. Pure. All moments in milliseconds. */

export type Token = {
  readonly accessToken: string;
  /** Counts rotations. */
  readonly generation: number;
  /** When the service got it, by the service's clock: only ever compared with another one. `NaN` where it did not say. */
  readonly refreshedAtMs: number;
  /** When the request was sent that it came with, on this process's monotonic clock. */
  readonly sentAtMs: number;
  /** On the same clock. */
  readonly endsAtMs: number;
};

/** Less is dead: it would end on its way. */
export const DEAD_BELOW_MS = 1_000;

/** With less left than this nobody is served it who could as well have a new one in a moment. */
const DYING_BELOW_MS = 10_000;

/** Clocks of the service's instances may differ by as much. */
const CLOCK_DIFFERENCE_MS = 5_000;

/**
 * Whether a token came after another. Generations say so. They begin anew where the service has lost its row: then the time
 * does.
 */
export function isNewer(token: Token, other: Token): boolean {
  if (token.accessToken === other.accessToken) return false;
  return token.generation > other.generation || token.refreshedAtMs > other.refreshedAtMs + CLOCK_DIFFERENCE_MS;
}

/**
 * - `good`: served
 * - `ageing`: served, and renewed in the background
 * - `dying`: renewed first; served where that fails
 * - `short`: it lives, but not for as long as was asked for
 * - `dead`
 */
export type Life = 'good' | 'ageing' | 'dying' | 'short' | 'dead';

/** @param renewBeforeMs how long before its end a token is to be renewed */
export function judgeLife(
  token: Token | undefined,
  {
    nowMs,
    renewBeforeMs,
    minTtlMs,
  }: { readonly nowMs: number; readonly renewBeforeMs: number; readonly minTtlMs: number | undefined },
): Life {
  const leftMs = token ? token.endsAtMs - nowMs : 0;
  if (leftMs < DEAD_BELOW_MS) return 'dead';
  if (minTtlMs !== undefined && leftMs < minTtlMs) return 'short';
  if (leftMs < DYING_BELOW_MS && minTtlMs === undefined) return 'dying';
  return leftMs < renewBeforeMs ? 'ageing' : 'good';
}

/** The same token, told about twice: each time its end was not put too late, so that the later one holds. */
export function mergeToken(known: Token, told: Token): Token {
  return { ...told, endsAtMs: Math.max(known.endsAtMs, told.endsAtMs) };
}

/** Which of two stays: the one that is told, unless it is older than one that still lives. */
export function chooseToken(known: Token | undefined, told: Token, nowMs: number): Token {
  if (known === undefined) return told;
  if (known.accessToken === told.accessToken) return mergeToken(known, told);
  return isNewer(told, known) || known.endsAtMs - nowMs < DEAD_BELOW_MS ? told : known;
}
