/** Whether the service does its job. Pure: no I/O, no clock. */
import type { Fingerprints } from '../quartile/fingerprint.ts';
import { accessLifeMs, lastCheckMs } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import type { Known } from './row-memory.ts';

/** A refresh token with less than this left is worth a word: when it ends, only a login helps. */
export const SHORT_RUNWAY_MS = 2 * 24 * 3_600_000;

/** How long the timer may be silent beyond two periods: its mark is written once in 55 min. */
const SILENCE_GRACE_MS = 3_600_000;

/** Causes before their consequences: who mends the first may find the others gone. */
export const HEALTH_REASONS = [
  'credentials_refused',
  'store_unreachable',
  'tokens_unreadable',
  'pair_missing',
  'timer_silent',
  'last_rotation_failed',
  'refresh_token_ends_soon',
  'no_live_token',
] as const;

export type HealthReason = (typeof HEALTH_REASONS)[number];

export type Health = {
  readonly status: 'ok' | 'degraded' | 'down';
  /** In the order of `HEALTH_REASONS`. For the operator's eyes: the answer carries the status only. */
  readonly reasons: readonly HealthReason[];
};

/**
 * @param schedulePeriodMs the longest time between two of the timer's checks
 * @param fingerprints name the credentials in use
 */
export function judgeHealth(
  { stored, storeAnswers, lastHeld }: Known,
  { schedulePeriodMs, fingerprints, nowMs }: { schedulePeriodMs: number; fingerprints: Fingerprints; nowMs: number },
): Health {
  const row = stored?.row;
  const lives = lastHeld !== undefined && accessLifeMs(lastHeld, nowMs) >= DEAD_BELOW_MS;
  const found: Record<HealthReason, boolean> = {
    credentials_refused: row?.loginBreaker !== undefined && fingerprints.includes(row.loginBreaker.fingerprint),
    store_unreachable: !storeAnswers,
    tokens_unreadable: row?.tokens.state === 'unreadable',
    pair_missing: isPairMissing({ stored, lastHeld }),
    timer_silent: row !== undefined && nowMs - lastCheckMs(row, nowMs) > 2 * schedulePeriodMs + SILENCE_GRACE_MS,
    last_rotation_failed: row !== undefined && row.consecutiveFailures > 0,
    refresh_token_ends_soon:
      row?.tokens.state === 'held' && row.tokens.set.refreshExpiresAtMs - nowMs < SHORT_RUNWAY_MS,
    no_live_token: !lives,
  };
  const reasons = HEALTH_REASONS.filter((reason) => found[reason]);
  if (!lives) return { status: 'down', reasons };
  return { status: reasons.length > 0 ? 'degraded' : 'ok', reasons };
}

/** Whether the table holds no pair though there was one: the row was deleted, and no login has brought another yet. */
export function isPairMissing({ stored, lastHeld }: Pick<Known, 'stored' | 'lastHeld'>): boolean {
  return lastHeld !== undefined && (stored === undefined || stored.row.tokens.state === 'none');
}
