/** How an account becomes healthy again, and how long that takes. */
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenRow } from '../../src/store/token-store.ts';
import { LEASE_MS, TAKEOVER_GRACE_MS } from '../../src/rotation/limits.ts';
import { MIN_TTL_SECONDS } from './callers.ts';
import type { Fleet } from './fleet.ts';
import { ageRow, readRow } from './row.ts';

export type Patience = {
  /** The generation that was there before. */
  readonly generation: number;
  readonly struckAtMs: number;
  /** The lease of the worker that was struck. */
  readonly leaseId: string | undefined;
  /** Whether nobody goes on with that worker's rotation, and callers have been watched long enough under its lease. */
  readonly isAbandoned: () => boolean;
  /** When the fault had passed; `undefined` as long as it has not. */
  readonly overAtMs: () => number | undefined;
  /** Told right before the lease is aged. */
  readonly onAgeing: () => void;
  /** Wait for the lease's end as everybody does. */
  readonly isReal: boolean;
};

export type Healing = {
  readonly healedAtMs: number;
  /** From the fault on; where the row was aged by hand: from then on, and the time that was skipped. */
  readonly healMs: number;
  /** From the moment on from which nothing stood in the way of a rotation. */
  readonly rotationMs: number;
  readonly isAged: boolean;
};

/** The lease, and the 5 s for which nobody takes it over. */
export const LEASE_AND_GRACE_MS = LEASE_MS + TAKEOVER_GRACE_MS;

const POLL_MS = 25;
const LONGEST_ROTATION_MS = 20_000;

/**
 * Waits until a new pair is saved and no lease is left. A lease that a dead worker left behind is aged by hand, by 95 s,
 * as time would: nobody could wait for 200 of them. So is a back-off that is noted in the row.
 *
 * @returns `undefined` when it does not heal
 */
export async function awaitHealing(fleet: Fleet, patience: Patience): Promise<Healing | undefined> {
  let skippedMs = 0;
  let freeAtMs = patience.struckAtMs;
  const limitMs = LONGEST_ROTATION_MS + (patience.isReal ? LEASE_AND_GRACE_MS : 0);
  for (let row = await readRow(fleet); ; row = await readRow(fleet)) {
    if (row && isHealthy(row, patience.generation)) return judge(patience, { skippedMs, freeAtMs });
    // Once is enough: until somebody takes it over, the lease stands there as it is.
    const skipMs = row && !(row.lease && skippedMs >= LEASE_AND_GRACE_MS) ? skippableMs(row, patience) : 0;
    if (skipMs > 0) {
      patience.onAgeing();
      await ageRow(fleet, skipMs);
      skippedMs += skipMs;
      freeAtMs = Date.now();
    }
    if (Date.now() > Math.max(freeAtMs, patience.overAtMs() ?? Infinity) + limitMs) return undefined;
    await delay(POLL_MS);
  }
}

export function isHealthy(row: TokenRow, before: number): boolean {
  if (row.generation <= before || row.lease || row.tokens.state !== 'held') return false;
  return row.tokens.set.accessExpiresAtMs - Date.now() > MIN_TTL_SECONDS * 1000;
}

/** How far the row may be aged by now. */
function skippableMs({ lease, nextAttemptAtMs = 0, retryAfterUntilMs = 0 }: TokenRow, patience: Patience): number {
  if (patience.overAtMs() === undefined || !patience.isAbandoned()) return 0;
  if (lease) return lease.id === patience.leaseId && !patience.isReal ? LEASE_AND_GRACE_MS : 0;
  return Math.max(0, nextAttemptAtMs - Date.now(), retryAfterUntilMs - Date.now());
}

function judge(
  { struckAtMs, overAtMs, isReal }: Patience,
  { skippedMs, freeAtMs }: { skippedMs: number; freeAtMs: number },
): Healing {
  const startMs = skippedMs > 0 ? freeAtMs : struckAtMs;
  const healedAtMs = Date.now();
  const waitedMs = isReal ? LEASE_AND_GRACE_MS : 0;
  return {
    healedAtMs,
    healMs: healedAtMs - startMs + skippedMs,
    rotationMs: healedAtMs - Math.max(freeAtMs + waitedMs, overAtMs() ?? 0),
    isAged: skippedMs > 0,
  };
}
