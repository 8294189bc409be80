/**
 * All that the status page tells, before it is put into words or pictures. No secret gets in here: of tokens their ends,
 * of keys their ids, of refused credentials that they were. Pure: no I/O, no clock.
 */
import type { Known } from '../hand-out/row-memory.ts';
import { type Health, judgeHealth, SHORT_RUNWAY_MS } from '../hand-out/health.ts';
import type { Fingerprints } from '../quartile/fingerprint.ts';
import { accessLifeMs, hashRefreshToken, leaseHolds } from '../rotation/decide.ts';
import { DEAD_BELOW_MS } from '../rotation/limits.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import type { Settings } from '../settings/settings.ts';
import type { PastAttempt, RotationKind, TokenRow } from '../store/token-store.ts';
import { reportChecks, reportWaits, type Checks, type Waits } from './checks-and-waits.ts';
import { judgeState, type ServiceState } from './service-state.ts';
import { reportUnreadable, type Unreadable } from './unreadable.ts';

export type TokenLife = {
  /** When it was got, as far as is known. */
  readonly sinceMs: number | undefined;
  readonly expiresAtMs: number;
  /** 0 where it is dead. */
  readonly lifeMs: number;
  readonly lives: boolean;
};

export type StatusReport = {
  readonly account: string;
  readonly atMs: number;
  readonly state: ServiceState;
  readonly health: Health;
  readonly storeAnswers: boolean;
  /** `undefined`: no token is known. `dueAtMs`: when the margin begins. */
  readonly access: (TokenLife & { readonly dueAtMs: number }) | undefined;
  /** `shortFromMs`: from when on health complains. `spent`: it may have been, and is not sent again: a login follows. */
  readonly refresh: (TokenLife & { readonly shortFromMs: number; readonly spent: boolean }) | undefined;
  readonly rotation: LastRotation | undefined;
  readonly lease: Lease | undefined;
  readonly failure: { readonly count: number; readonly code: string | undefined } | undefined;
  readonly unreadable: Unreadable | undefined;
  readonly checks: Checks;
  readonly waits: Waits;
  /** The newest first. */
  readonly history: readonly PastAttempt[];
  /** Ids, the one that is used for what is new first. `callers`: only where callers have tokens of ours. */
  readonly keys: { readonly encryption: readonly string[]; readonly callers: readonly string[] | undefined };
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

export type Lease = {
  /** Whether a worker may still be at it; else one has died, or stalled, and the next attempt takes over. */
  readonly holds: boolean;
  readonly endsAtMs: number;
  readonly attempt: { readonly kind: RotationKind; readonly startedAtMs: number } | undefined;
  /** The timer leaves its mark with its claim; others leave none. */
  readonly byTimer: boolean;
};

type Circumstances = {
  readonly account: string;
  readonly settings: Pick<Settings, 'marginMs' | 'schedule' | 'schedulePeriodMs' | 'encryptionKeys' | 'callers'>;
  /** Name the credentials in use. */
  readonly fingerprints: Fingerprints;
  readonly nowMs: number;
};

/** Reports what is known of an account. */
export function reportStatus(known: Known, { account, settings, fingerprints, nowMs }: Circumstances): StatusReport {
  const { row, storeAnswers } = known;
  const { marginMs, schedulePeriodMs, encryptionKeys, callers } = settings;
  return {
    account,
    atMs: nowMs,
    state: judgeState(known, { marginMs, fingerprints, nowMs }),
    health: judgeHealth(known, { schedulePeriodMs, fingerprints, nowMs }),
    storeAnswers,
    access: row && reportAccess(row, marginMs, nowMs),
    refresh: row && reportRefresh(row, nowMs),
    rotation: row && reportRotation(row),
    lease: row && reportLease(row, nowMs),
    failure: row && reportFailure(row),
    unreadable: reportUnreadable(known),
    checks: reportChecks(row, settings, nowMs),
    waits: reportWaits(row, fingerprints, nowMs),
    history: row?.history.toReversed() ?? [],
    keys: {
      encryption: idsOf(encryptionKeys),
      callers: callers.auth === 'jwt' ? idsOf(callers.jwtKeys) : undefined,
    },
  };
}

function reportAccess(row: TokenRow, marginMs: number, nowMs: number): StatusReport['access'] {
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

function reportRefresh({ tokens, refreshedAtMs, spentRefreshToken }: TokenRow, nowMs: number): StatusReport['refresh'] {
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

function reportRotation({ tokens, generation, source, refreshedAtMs, history }: TokenRow): LastRotation | undefined {
  if (tokens.state === 'none') return undefined;
  const done = history.findLast(({ outcome }) => outcome === 'done');
  return { generation, source, refreshedAtMs, trigger: done?.trigger, ms: done?.ms };
}

function reportLease(row: TokenRow, nowMs: number): Lease | undefined {
  const { lease, attempt, lastCheckAtMs } = row;
  if (!lease) return undefined;
  const byTimer = attempt !== undefined && attempt.startedAtMs === lastCheckAtMs;
  return { holds: leaseHolds(row, nowMs), endsAtMs: lease.expiresAtMs, attempt, byTimer };
}

function reportFailure({ consecutiveFailures, lastFailureCode }: TokenRow): StatusReport['failure'] {
  return consecutiveFailures > 0 ? { count: consecutiveFailures, code: lastFailureCode } : undefined;
}

function idsOf(ring: KeyRing): string[] {
  return ring.map(({ id }) => id);
}
