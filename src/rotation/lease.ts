/**
 * The lease of a rotation: its holder renews it with heartbeats, and a waiter watches it.
 *
 * - The lease lasts 15 s from the start of the write that set it, by the holder's monotonic clock. It is renewed every 5 s,
 *   from the claim until the attempt has its result or passes its deadline.
 * - A heartbeat is one conditional write with a short limit, repeated at once if it gets no answer. It never inserts a row,
 *   never changes another worker's lease, and never rejects.
 * - A request to Quartile is sent only under a lease that is confirmed. A request that was sent is never aborted because
 *   of the lease: its response is offered to the row, even if another worker holds the lease by then.
 */
import { StoreError, type Lease, type StoredRow, type TokenRow, type WriteResult } from '../store/token-store.ts';
import { describeUnexpected } from '../telemetry/unexpected-error.ts';
import {
  ATTEMPT_DEADLINE_MS,
  HEARTBEAT_MS,
  HEARTBEAT_REQUEST_MS,
  LEASE_MS,
  SHORT_LEASE_MS,
  WRITE_TRIES,
} from './limits.ts';
import type { RotationParts, RotationRequest } from './rotate.ts';
import { heartbeat } from './row-changes.ts';

/** A claim as it was written. */
export type Claim = {
  readonly stored: StoredRow;
  /** When the write of the claim began, by the monotonic clock. Lease and deadline count from then. */
  readonly claimedAtMs: number;
};

export type HeldLease = {
  /** Aborts when the deadline of the attempt has passed. */
  readonly deadline: AbortSignal;
  /** The row as this worker last wrote or read it under its lease. */
  readonly stored: () => StoredRow;
  /** Tells whether a request may be sent now. Renews the lease first if it has ended, or the claim took long. */
  checkSend(): Promise<'ok' | 'deadline_missed' | 'lease_lost'>;
  /** Ends the heartbeats. One that is under way may still be written. */
  readonly stop: () => void;
};

/** Starts the heartbeats of a claim. */
export function holdLease(parts: RotationParts, request: RotationRequest, claim: Claim): HeldLease {
  const { store, steadyMs, sleep } = parts;
  const stopped = new AbortController();
  let stored = claim.stored;
  let setAtMs = claim.claimedAtMs;
  let isLost = false;
  let hasSent = false;
  let renewing: Promise<void> | undefined;

  const leftMs = () => setAtMs + LEASE_MS - steadyMs();
  const deadlineMs = claim.claimedAtMs + ATTEMPT_DEADLINE_MS;
  const deadline = parts.abortAfter(Math.max(0, deadlineMs - steadyMs()));
  const isPastDeadline = () => deadline.aborted || steadyMs() >= deadlineMs;

  const write = async (row: TokenRow): Promise<WriteResult> => {
    try {
      return await store.write(row, stored.etag, HEARTBEAT_REQUEST_MS);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { result: 'unknown', code: error.code };
    }
  };
  const renewOnce = async (): Promise<void> => {
    for (let tries = 0; tries < WRITE_TRIES && !stopped.signal.aborted && !isPastDeadline(); tries += 1) {
      const startedAtMs = steadyMs();
      const row = heartbeat(stored.row, { writeId: parts.newId(), nowMs: parts.nowMs() });
      const written = await write(row);
      if (written.result === 'written') {
        stored = { row, etag: written.etag };
        setAtMs = startedAtMs;
        return;
      }
      if (written.result === 'unknown') {
        request.logEvent({ name: 'rotation.heartbeat_failed', account: request.account, code: written.code });
        continue;
      }
      const found = await store.read(request.account, HEARTBEAT_REQUEST_MS);
      isLost = found === undefined || found.row.lease?.id !== claim.stored.row.lease?.id;
      if (isLost || !found) return;
      stored = found;
    }
  };
  const renew = (): Promise<void> => {
    renewing ??= renewOnce()
      .catch((error: unknown) => {
        if (error instanceof StoreError) return; // the lease may end: the next send renews it, or is not made
        request.logEvent({ name: 'invocation.failed', ...describeUnexpected(error) });
      })
      .finally(() => (renewing = undefined));
    return renewing;
  };
  const beat = async (): Promise<void> => {
    for (let atMs = setAtMs + HEARTBEAT_MS; ; atMs = Math.max(atMs, steadyMs()) + HEARTBEAT_MS) {
      await sleep(Math.max(0, atMs - steadyMs()), stopped.signal);
      if (stopped.signal.aborted || isLost || isPastDeadline()) return;
      await renew();
    }
  };

  void beat();
  return {
    deadline,
    stored: () => stored,
    async checkSend() {
      const neededMs = hasSent ? 1 : SHORT_LEASE_MS;
      if (!isLost && !isPastDeadline() && leftMs() < neededMs) await renew();
      if (isPastDeadline()) return 'deadline_missed';
      if (isLost || leftMs() < neededMs) return 'lease_lost';
      hasSent = true;
      return 'ok';
    },
    stop: () => stopped.abort(),
  };
}

/** How long this process has seen a lease unchanged, by its monotonic clock. */
export type LeaseWatch = (account: string, lease: Lease | undefined) => number;

/** Watches the leases in rows as they are read. A living holder changes the end of its lease every 5 s. */
export function watchLeases(steadyMs: () => number): LeaseWatch {
  const seen = new Map<string, { readonly id: string; readonly expiresAtMs: number; readonly sinceMs: number }>();
  return (account, lease) => {
    const before = seen.get(account);
    if (lease === undefined) {
      seen.delete(account);
      return 0;
    }
    if (before?.id === lease.id && before.expiresAtMs === lease.expiresAtMs) return steadyMs() - before.sinceMs;
    seen.set(account, { ...lease, sinceMs: steadyMs() });
    return 0;
  };
}
