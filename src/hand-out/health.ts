/** Whether the service does its job. Pure: no I/O, no clock. */
import type { Fingerprints } from '../quartile/fingerprint.ts';
import { accessLifeMs, lastCheckMs } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import { nextRunMs } from '../settings/schedule.ts';
import type { Known } from './row-memory.ts';

/** A refresh token with less than this left is reported: after its end only a login helps. */
export const SHORT_RUNWAY_MS = 2 * 24 * 3_600_000;

/** The timer writes its mark only when the last one is over 55 min old. */
const MARK_GRACE_MS = 3_600_000;

/** Causes before their consequences. */
export const HEALTH_REASONS = [
  'credentials_refused',
  'store_unreachable',
  'save_pending',
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
  /** In the order of `HEALTH_REASONS`. For operators: the HTTP answer contains the status only. */
  readonly reasons: readonly HealthReason[];
};

export type HealthCircumstances = {
  /** NCRONTAB with six fields, UTC. */
  readonly schedule: string;
  /** Identify the credentials in use. */
  readonly fingerprints: Fingerprints;
  /** Whether this instance has received a pair that is not saved yet. */
  readonly savePending: boolean;
  readonly nowMs: number;
};

export function judgeHealth(
  { stored, storeAnswers, lastHeld }: Known,
  { schedule, fingerprints, savePending, nowMs }: HealthCircumstances,
): Health {
  const row = stored?.row;
  const isValid = lastHeld !== undefined && accessLifeMs(lastHeld, nowMs) >= DEAD_BELOW_MS;
  const found: Record<HealthReason, boolean> = {
    credentials_refused: row?.loginBreaker !== undefined && fingerprints.includes(row.loginBreaker.fingerprint),
    store_unreachable: !storeAnswers,
    save_pending: savePending,
    tokens_unreadable: row?.tokens.state === 'unreadable',
    pair_missing: isPairMissing({ stored, lastHeld }),
    timer_silent: row !== undefined && isSilent(schedule, lastCheckMs(row, nowMs), nowMs),
    last_rotation_failed: row !== undefined && row.consecutiveFailures > 0,
    refresh_token_ends_soon:
      row?.tokens.state === 'held' && row.tokens.set.refreshExpiresAtMs - nowMs < SHORT_RUNWAY_MS,
    no_live_token: !isValid,
  };
  const reasons = HEALTH_REASONS.filter((reason) => found[reason]);
  if (!isValid) return { status: 'down', reasons };
  return { status: reasons.length > 0 ? 'degraded' : 'ok', reasons };
}

/** Tells whether the table holds no pair though there was one: the row was deleted, and no login has replaced it yet. */
export function isPairMissing({ stored, lastHeld }: Pick<Known, 'stored' | 'lastHeld'>): boolean {
  return lastHeld !== undefined && (stored === undefined || stored.row.tokens.state === 'none');
}

/**
 * The timer is silent when two scheduled runs plus one hour have passed since its mark. Two of these runs must have been
 * able to write a mark: before the pause of a schedule such as `0 * 8-18 * * 1-5`, the last runs write none.
 */
function isSilent(schedule: string, markMs: number, nowMs: number): boolean {
  const twoRunsAfter = (ms: number) => nextRunMs(schedule, nextRunMs(schedule, ms) ?? Infinity) ?? Infinity;
  return nowMs > twoRunsAfter(markMs) + MARK_GRACE_MS && nowMs > twoRunsAfter(markMs + MARK_GRACE_MS);
}
