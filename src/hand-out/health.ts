/** Whether the service does its job. Pure: no I/O, no clock. */
import type { Fingerprints } from '../quartile/fingerprint.ts';
import { accessLifeMs, lastCheckMs } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import type { Known } from './row-memory.ts';

/** A refresh token with less than this left is worth a word: when it ends, only a login helps. */
export const SHORT_RUNWAY_MS = 2 * 24 * 3_600_000;

/** How long the timer may be silent beyond two periods: its mark is written once in 55 min. */
const SILENCE_GRACE_MS = 3_600_000;

export const HEALTH_REASONS = [
  'no_live_token',
  'store_unreachable',
  'tokens_unreadable',
  'pair_missing',
  'last_rotation_failed',
  'credentials_refused',
  'refresh_token_ends_soon',
  'timer_silent',
] as const;

export type HealthReason = (typeof HEALTH_REASONS)[number];

export type Health = {
  readonly status: 'ok' | 'degraded' | 'down';
  /** For the operator's eyes: the answer carries the status only. */
  readonly reasons: readonly HealthReason[];
};

/**
 * @param schedulePeriodMs the longest time between two of the timer's checks
 * @param fingerprints name the credentials in use
 */
export function judgeHealth(
  { row, storeAnswers, unopened, lastHeld }: Known,
  { schedulePeriodMs, fingerprints, nowMs }: { schedulePeriodMs: number; fingerprints: Fingerprints; nowMs: number },
): Health {
  const reasons: HealthReason[] = [];
  const lives = lastHeld !== undefined && accessLifeMs(lastHeld, nowMs) >= DEAD_BELOW_MS;
  if (!lives) reasons.push('no_live_token');
  if (!storeAnswers) reasons.push('store_unreachable');
  if (unopened) reasons.push('tokens_unreadable');
  if (isPairMissing({ row, lastHeld })) reasons.push('pair_missing');
  if (row) {
    if (row.consecutiveFailures > 0) reasons.push('last_rotation_failed');
    if (row.loginBreaker && fingerprints.includes(row.loginBreaker.fingerprint)) reasons.push('credentials_refused');
    const runwayMs = row.tokens.state === 'held' ? row.tokens.set.refreshExpiresAtMs - nowMs : Infinity;
    if (runwayMs < SHORT_RUNWAY_MS) reasons.push('refresh_token_ends_soon');
    const silentMs = nowMs - lastCheckMs(row, nowMs);
    if (silentMs > 2 * schedulePeriodMs + SILENCE_GRACE_MS) reasons.push('timer_silent');
  }
  if (!lives) return { status: 'down', reasons };
  return { status: reasons.length > 0 ? 'degraded' : 'ok', reasons };
}

/** Whether the table holds no pair though there was one: the row was deleted, and no login has brought another yet. */
export function isPairMissing({ row, lastHeld }: Pick<Known, 'row' | 'lastHeld'>): boolean {
  return lastHeld !== undefined && (row === undefined || row.tokens.state === 'none');
}
