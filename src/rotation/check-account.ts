import type { Sleep } from '../sleep.ts';
import { toIso } from '../iso-time.ts';
import type { TokenRow } from '../store/token-store.ts';
import { accessLifeMs, refreshLifeMs } from './decide.ts';
import { TIMER_WAIT_MS } from './limits.ts';
import { within } from './patience.ts';
import type { RotationRequest } from './rotate.ts';
import type { Rotator } from './rotator.ts';

export type CheckParts = { readonly rotator: Rotator; readonly nowMs: () => number; readonly sleep: Sleep };

/** A check did not leave the account with a usable pair. It fails the timer's invocation, so that Azure counts it. */
export class RotationFailedError extends Error {
  override readonly name = 'RotationFailedError';
  /** The reason: infra/README.md lists the codes, and what to do. */
  readonly code: string;

  constructor(account: string, code: string) {
    super(
      code === STILL_RUNNING
        ? `The rotation of account "${account}" is still running (${code}): if rotation.save_delayed was logged, check the storage account`
        : `The token pair of account "${account}" was not renewed (${code}); the tokens in the table are unchanged. See this code in infra/README.md`,
    );
    this.code = code;
  }
}

/** The code of a check whose rotation takes longer than the timer waits. */
const STILL_RUNNING = 'still_running';

/**
 * The timer's check of one account.
 *
 * @throws {RotationFailedError} if a rotation was due and failed, or is still trying to save its pair
 */
export async function checkAccount({ rotator, nowMs, sleep }: CheckParts, request: RotationRequest): Promise<void> {
  const { account, logEvent } = request;
  const rotation = await within((enough) => rotator.rotate(request, enough), TIMER_WAIT_MS, sleep);
  if (rotation === undefined) throw new RotationFailedError(account, STILL_RUNNING);
  switch (rotation.result) {
    case 'failed':
      throw new RotationFailedError(account, rotation.code);
    case 'not-due':
      logEvent({ name: 'rotation.not_due', account, ...secondsLeftOf(rotation.row, nowMs()) });
      return;
    case 'held-back': {
      const { code, row } = rotation;
      const until = toIso(rotation.untilMs);
      logEvent({ name: 'rotation.held_back', account, code, until, ...secondsLeftOf(row, nowMs()) });
      throw new RotationFailedError(account, code);
    }
    case 'elsewhere':
      logEvent({ name: 'rotation.running_elsewhere', account });
      return;
    case 'done':
  }
}

/** What the access token and the refresh token have left, in whole seconds. */
function secondsLeftOf(row: TokenRow, nowMs: number): { secondsLeft: number; refreshSecondsLeft: number } {
  return {
    secondsLeft: Math.floor(accessLifeMs(row, nowMs) / 1000),
    refreshSecondsLeft: Math.floor(refreshLifeMs(row, nowMs) / 1000),
  };
}
