/** How long to wait after a failed request, and waiting itself. */
import { sleep } from '../sleep.ts';
import { type Failure, mayPass } from './errors.ts';

/** A failed request. The same request is not sent again before `untilMs`, on the steady clock. */
export type Pause = {
  readonly failure: Failure;
  readonly untilMs: number;
  /** Failures in a row. */
  readonly failures: number;
};

const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 30_000;

/** After a failure that only a person can change. */
const REFUSED_MS = 30_000;

/** @param before the pause after the previous failure, if that was the previous result */
export function startPause(failure: Failure, nowMs: number, before?: Pause): Pause {
  const failures = (before?.failures ?? 0) + 1;
  return { failure, failures, untilMs: nowMs + pauseMs(failure, failures, Math.random()) };
}

/**
 * 0.5 s after the first failure, doubling to 30 s; 30 s after a failure that only a person can change. Up to half as much
 * again by chance, so that callers that failed together do not return together. `Retry-After`, if that is longer.
 *
 * @param random from 0 up to 1
 */
export function pauseMs(failure: Failure, failures: number, random: number): number {
  const doubledMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (failures - 1), LONGEST_BACK_OFF_MS);
  const backOffMs = Math.round((mayPass(failure) ? doubledMs : REFUSED_MS) * (1 + 0.5 * random));
  return Math.max(backOffMs, (failure.retryAfterMs ?? 0) + Math.round(250 * random));
}

/**
 * Waits for shared work, at most `ms`. The work goes on when the wait ends.
 *
 * @param work must not reject
 * @throws the signal's reason, as soon as it aborts
 */
export async function join(work: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const over = new AbortController();
  const end = () => over.abort();
  signal?.addEventListener('abort', end);
  await Promise.race([work, sleep(ms, over.signal)]);
  signal?.removeEventListener('abort', end);
  end();
  signal?.throwIfAborted();
}
