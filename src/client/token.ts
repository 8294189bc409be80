/** A token that was handed out, and how two of them compare. Pure. All moments in milliseconds. */
import { leftMs, type Moment } from './life.ts';

export type Token = {
  readonly accessToken: string;
  /** Counts rotations. */
  readonly generation: number;
  /** When the service got it, by the service's clock: only ever compared with another one. `NaN` where it did not say. */
  readonly refreshedAtMs: number;
  /** When the request was sent that it came with. */
  readonly sentAt: Moment;
  /** What it was said to live from then on. */
  readonly lifeMs: number;
  readonly endsAt: Moment;
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
    now,
    renewBeforeMs,
    minTtlMs,
  }: { readonly now: Moment; readonly renewBeforeMs: number; readonly minTtlMs: number | undefined },
): Life {
  const left = token ? leftMs(token.endsAt, now) : 0;
  if (left < DEAD_BELOW_MS) return 'dead';
  if (minTtlMs !== undefined && left < minTtlMs) return 'short';
  if (left < DYING_BELOW_MS && minTtlMs === undefined) return 'dying';
  return left < renewBeforeMs ? 'ageing' : 'good';
}

/** The same token, told about twice: each time its end was not put too late, so that the later one holds. */
function mergeToken(known: Token, told: Token, now: Moment): Token {
  return leftMs(told.endsAt, now) >= leftMs(known.endsAt, now) ? told : { ...told, endsAt: known.endsAt };
}

/** Which of two stays: the one that is told, unless it is older than one that still lives. */
export function chooseToken(known: Token | undefined, told: Token, now: Moment): Token {
  if (known === undefined) return told;
  if (known.accessToken === told.accessToken) return mergeToken(known, told, now);
  return isNewer(told, known) || leftMs(known.endsAt, now) < DEAD_BELOW_MS ? told : known;
}
