/** How an account recovers, and how long that takes. */
import { setTimeout as delay } from 'node:timers/promises';
import { TAKEOVER_GRACE_MS } from '../../src/rotation/limits.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { MIN_TTL_SECONDS } from './callers.ts';
import type { Fleet } from './fleet.ts';
import { readRow } from './row.ts';

export type Watch = {
  /** The generation before the fault. */
  readonly generation: number;
  readonly struckAtMs: number;
  /** When the fault had passed; `undefined` while it has not. */
  readonly overAtMs: () => number | undefined;
  /** Called before each read of the row; what it returns is called if the lease of the struck worker is still there. */
  readonly beforeRead: () => (row: TokenRow | undefined) => void;
};

export type Healing = {
  readonly healedAtMs: number;
  /** From the fault on. */
  readonly healMs: number;
  /** From the time on at which nothing stood in the way of a rotation: the fault, a lease, a back-off. */
  readonly rotationMs: number;
};

const POLL_MS = 25;
const LONGEST_ROTATION_MS = 30_000;

/**
 * Waits until a new pair is saved and no lease is left, as everything in the row ends by itself.
 *
 * @returns `undefined` if it does not recover
 */
export async function awaitHealing(fleet: Fleet, watch: Watch): Promise<Healing | undefined> {
  const { generation, struckAtMs, overAtMs, beforeRead } = watch;
  let freeAtMs = struckAtMs;
  for (;;) {
    const afterRead = beforeRead();
    const row = await readRow(fleet);
    afterRead(row);
    if (row && isHealthy(row, generation)) {
      const healedAtMs = Date.now();
      const rotationMs = Math.max(0, healedAtMs - Math.max(freeAtMs, overAtMs() ?? 0));
      return { healedAtMs, healMs: healedAtMs - struckAtMs, rotationMs };
    }
    freeAtMs = Math.max(freeAtMs, row ? blockedUntilMs(row) : 0);
    if (Date.now() > Math.max(freeAtMs, overAtMs() ?? Infinity) + LONGEST_ROTATION_MS) return undefined;
    await delay(POLL_MS);
  }
}

function isHealthy(row: TokenRow, before: number): boolean {
  if (row.generation <= before || row.lease || row.tokens.state !== 'held') return false;
  return row.tokens.set.accessExpiresAtMs - Date.now() > MIN_TTL_SECONDS * 1000;
}

function blockedUntilMs({ lease, nextAttemptAtMs = 0, retryAfterUntilMs = 0 }: TokenRow): number {
  return Math.max(lease ? lease.expiresAtMs + TAKEOVER_GRACE_MS : 0, nextAttemptAtMs, retryAfterUntilMs);
}
