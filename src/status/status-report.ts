/**
 * All that the status page tells, before it is put into words or pictures. No secret gets in here: of tokens their ends,
 * of keys their ids, of refused credentials that they were. Pure: no I/O, no clock.
 */
import type { Known } from '../hand-out/row-memory.ts';
import { type Health, judgeHealth } from '../hand-out/health.ts';
import type { Fingerprints } from '../quartile/fingerprint.ts';
import { leaseHolds } from '../rotation/decide.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import type { Settings } from '../settings/settings.ts';
import type { PastAttempt, RotationKind, TokenRow } from '../store/token-store.ts';
import { reportChecks, reportWaits, type Checks, type Waits } from './checks-and-waits.ts';
import {
  type AccessLife,
  type LastRotation,
  type RefreshLife,
  reportAccess,
  reportRefresh,
  reportRotation,
} from './pair.ts';
import { judgeState, type ServiceState } from './service-state.ts';
import { reportUnreadable, type Unreadable } from './unreadable.ts';

export type StatusReport = {
  readonly account: string;
  readonly atMs: number;
  readonly state: ServiceState;
  readonly health: Health;
  readonly storeAnswers: boolean;
  /** When what is told here was read from the table; `undefined`: nothing ever was. */
  readonly readAtMs: number | undefined;
  /** `undefined`: no token is known. */
  readonly access: AccessLife | undefined;
  /** `undefined`, too, where the table holds no pair any more: a login follows, whatever is remembered. */
  readonly refresh: RefreshLife | undefined;
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
  readonly settings: Pick<Settings, 'marginMs' | 'schedule' | 'encryptionKeys' | 'callers'>;
  /** Name the credentials in use. */
  readonly fingerprints: Fingerprints;
  readonly nowMs: number;
};

/** Reports what is known of an account. */
export function reportStatus(known: Known, { account, settings, fingerprints, nowMs }: Circumstances): StatusReport {
  const { stored, storeAnswers, readAtMs, lastHeld } = known;
  const row = stored?.row;
  const pairRow = lastHeld ?? row; // its history ends with the rotation that the pair comes from
  const { marginMs, schedule, encryptionKeys, callers } = settings;
  return {
    account,
    atMs: nowMs,
    state: judgeState(known, { marginMs, fingerprints, nowMs }),
    health: judgeHealth(known, { schedule, fingerprints, savePending: false, nowMs }),
    storeAnswers,
    readAtMs,
    access: pairRow && reportAccess(pairRow, marginMs, nowMs),
    refresh: row && reportRefresh(row, nowMs),
    rotation: pairRow && reportRotation(pairRow),
    lease: row && reportLease(row, nowMs),
    failure: row && reportFailure(row),
    unreadable: reportUnreadable(known),
    checks: reportChecks(row, settings, nowMs),
    waits: reportWaits(row, fingerprints, nowMs),
    history: (row ?? lastHeld)?.history.toReversed() ?? [],
    keys: {
      encryption: idsOf(encryptionKeys),
      callers: callers.auth === 'jwt' ? idsOf(callers.jwtKeys) : undefined,
    },
  };
}

function reportLease(row: TokenRow, nowMs: number): Lease | undefined {
  const { lease, attempt, lastCheckAtMs } = row;
  if (!lease) return undefined;
  const byTimer = attempt !== undefined && attempt.startedAtMs === lastCheckAtMs;
  return { holds: leaseHolds(row, { nowMs }), endsAtMs: lease.expiresAtMs, attempt, byTimer };
}

function reportFailure({ consecutiveFailures, lastFailureCode }: TokenRow): StatusReport['failure'] {
  return consecutiveFailures > 0 ? { count: consecutiveFailures, code: lastFailureCode } : undefined;
}

function idsOf(ring: KeyRing): string[] {
  return ring.map(({ id }) => id);
}
