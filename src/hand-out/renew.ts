import { decideStep, type HoldBackCode, type Occasion, type Rules } from '../rotation/decide.ts';
import { POLL_MS } from '../rotation/limits.ts';
import { within } from '../rotation/patience.ts';
import type { RotationRequest } from '../rotation/rotate.ts';
import type { Rotator } from '../rotation/rotator.ts';
import type { Sleep } from '../sleep.ts';
import type { TokenRow } from '../store/token-store.ts';
import type { TelemetryEvent } from '../telemetry/events.ts';
import type { RowMemory } from './row-memory.ts';

export type RenewParts = {
  readonly memory: RowMemory;
  readonly rotator: Rotator;
  readonly rules: Rules;
  readonly quickWaits: QuickWaits;
  readonly nowMs: () => number;
  readonly steadyMs: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly sleep: Sleep;
  /** Outlives the caller: a rotation that a caller started continues after the caller has left. */
  readonly logEvent: (event: TelemetryEvent) => void;
};

export type Renewal =
  /** Done, here or elsewhere: the memory knows the row. */
  | { readonly result: 'renewed' }
  /** No attempt may start before then. */
  | { readonly result: 'held-back'; readonly code: HoldBackCode; readonly untilMs: number }
  | {
      readonly result: 'failed';
      readonly culprit: 'store' | 'upstream';
      /** No attempt may start before then, if that is known. */
      readonly untilMs: number | undefined;
    }
  /** The attempt is still running. */
  | { readonly result: 'time-up' };

type RenewRequest = Pick<RotationRequest, 'account' | 'occasion' | 'found'> & { readonly waitMs: number };

/**
 * Rotates for a caller, or waits for the worker on another instance that rotates. The callers of this process share one
 * rotation, and read the row every 100 ms while another instance rotates.
 */
export async function renew(
  { rotator, steadyMs, sleep, logEvent }: RenewParts,
  { account, occasion, found, waitMs }: RenewRequest,
): Promise<Renewal> {
  const untilMs = steadyMs() + waitMs;
  let known = found;
  for (let leftMs = waitMs; leftMs > 0; leftMs = untilMs - steadyMs()) {
    const request = { account, occasion, logEvent, found: known };
    const rotation = await within((enough) => rotator.rotate(request, enough), leftMs, sleep);
    known = undefined;
    switch (rotation?.result) {
      case undefined:
        return { result: 'time-up' };
      case 'elsewhere':
        await sleep(Math.min(POLL_MS, Math.max(0, untilMs - steadyMs())));
        break;
      case 'failed':
        return { result: 'failed', culprit: rotation.culprit, untilMs: rotation.row?.nextAttemptAtMs };
      case 'held-back':
        return { result: 'held-back', code: rotation.code, untilMs: rotation.untilMs };
      case 'done':
      case 'not-due':
        return { result: 'renewed' };
    }
  }
  return { result: 'time-up' };
}

/** The waits of this instance for the renewal of tokens that are still valid, by account. */
export type QuickWaits = {
  readonly running: Map<string, Promise<Renewal>>;
  /** The lease of the attempt that the last wait did not see the end of. */
  readonly outwaited: Map<string, string>;
};

export function createQuickWaits(): QuickWaits {
  return { running: new Map(), outwaited: new Map() };
}

/** Renews a token that is still valid. All callers of this instance share one wait, which ends for all at once. */
export function renewIfQuick(parts: RenewParts, request: Omit<RenewRequest, 'occasion'>): Promise<Renewal> {
  const { memory, quickWaits } = parts;
  const { account } = request;
  const wait =
    quickWaits.running.get(account) ??
    renew(parts, { ...request, occasion: CALLER }).finally(() => {
      quickWaits.running.delete(account);
      const leaseId = memory.recall(account).stored?.row.lease?.id;
      if (leaseId !== undefined) quickWaits.outwaited.set(account, leaseId);
    });
  quickWaits.running.set(account, wait);
  return wait;
}

const CALLER: Occasion = { trigger: 'caller' };

/**
 * Tells whether it is pointless to wait for a renewal: no attempt may start now, or the one that runs has already outlasted
 * a wait on this instance. Pure but for the record of waits.
 *
 * @param row the row as it is known, `CACHE_SECONDS` old at most
 */
export function isWaitPointless({ rules, quickWaits }: RenewParts, row: TokenRow | undefined, nowMs: number): boolean {
  if (!row) return false;
  if (row.lease && quickWaits.outwaited.get(row.account) === row.lease.id) return true;
  return decideStep(row, CALLER, rules, { nowMs }).step === 'hold-back';
}
