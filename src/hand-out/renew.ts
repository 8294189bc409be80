import type { HoldBackCode, Occasion } from '../rotation/decide.ts';
import { POLL_MS } from '../rotation/limits.ts';
import type { Sleep } from '../sleep.ts';
import { within } from '../rotation/patience.ts';
import type { Rotator } from '../rotation/rotator.ts';
import type { TelemetryEvent } from '../telemetry/events.ts';
import type { RowMemory } from './row-memory.ts';

export type RenewParts = {
  readonly memory: RowMemory;
  readonly rotator: Rotator;
  readonly nowMs: () => number;
  readonly sleep: Sleep;
  /** Outlives the caller: a rotation that a caller started goes on after the caller has left. */
  readonly logEvent: (event: TelemetryEvent) => void;
};

export type Renewal =
  /** Done, here or elsewhere: the memory knows the row. */
  | { readonly result: 'renewed' }
  /** No attempt may be started before then. */
  | { readonly result: 'held-back'; readonly code: HoldBackCode; readonly untilMs: number }
  | {
      readonly result: 'failed';
      readonly culprit: 'store' | 'upstream';
      /** No attempt may be started before then, where that is known. */
      readonly untilMs: number | undefined;
    }
  /** Somebody is still at it. */
  | { readonly result: 'time-up' };

/**
 * Rotates for a caller, or waits for the worker on whatever instance that is at it. All callers of this process wait
 * for the same rotation, and together look every 250 ms for one elsewhere.
 */
export async function renew(
  { rotator, nowMs, sleep, logEvent }: RenewParts,
  { account, occasion, patienceMs }: { account: string; occasion: Occasion; patienceMs: number },
): Promise<Renewal> {
  const untilMs = nowMs() + patienceMs;
  for (let leftMs = patienceMs; leftMs > 0; leftMs = untilMs - nowMs()) {
    const rotation = await within((enough) => rotator.rotate({ account, occasion, logEvent }, enough), leftMs, sleep);
    switch (rotation?.result) {
      case undefined:
        return { result: 'time-up' };
      case 'elsewhere':
        await sleep(Math.min(POLL_MS, Math.max(0, untilMs - nowMs())));
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
