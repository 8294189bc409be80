import { accessLifeMs, refreshLifeMs } from './decide.ts';
import { TIMER_PATIENCE_MS } from './limits.ts';
import type { Sleep } from '../sleep.ts';
import { within } from './patience.ts';
import type { RotationRequest } from './rotate.ts';
import type { Rotator } from './rotator.ts';
import type { TokenRow } from '../store/token-store.ts';

export type CheckParts = { readonly rotator: Rotator; readonly nowMs: () => number; readonly sleep: Sleep };

/** A check did not leave the account with a usable pair: fails the timer's invocation, so that Azure counts it. */
export class RotationFailedError extends Error {
  override readonly name = 'RotationFailedError';
  /** Why: the README lists the codes, and what to do. */
  readonly code: string;

  constructor(account: string, code: string) {
    super(
      code === STILL_RUNNING
        ? `The rotation of account "${account}" is still under way (${code}): if rotation.save_delayed was logged, look at the storage account`
        : `The token pair of account "${account}" was not renewed (${code}): the tokens in the table are as they were; see this code under "Operate" in the README`,
    );
    this.code = code;
  }
}

/** The code of a check whose rotation outlasted the timer's patience. */
const STILL_RUNNING = 'still_running';

/**
 * The timer's check of one account.
 *
 * @throws {RotationFailedError} when a rotation was due and failed, or is still trying to save its pair
 */
export async function checkAccount({ rotator, nowMs, sleep }: CheckParts, request: RotationRequest): Promise<void> {
  const { account, logEvent } = request;
  const rotation = await within((enough) => rotator.rotate(request, enough), TIMER_PATIENCE_MS, sleep);
  if (rotation === undefined) throw new RotationFailedError(account, STILL_RUNNING);
  switch (rotation.result) {
    case 'failed':
      throw new RotationFailedError(account, rotation.code);
    case 'not-due': {
      const [secondsLeft, refreshSecondsLeft] = secondsLeftOf(rotation.row, nowMs());
      logEvent({ name: 'rotation.not_due', account, secondsLeft, refreshSecondsLeft });
      return;
    }
    case 'held-back': {
      const [secondsLeft, refreshSecondsLeft] = secondsLeftOf(rotation.row, nowMs());
      const until = new Date(rotation.untilMs).toISOString();
      logEvent({ name: 'rotation.held_back', account, code: rotation.code, until, secondsLeft, refreshSecondsLeft });
      throw new RotationFailedError(account, rotation.code);
    }
    case 'elsewhere':
      logEvent({ name: 'rotation.running_elsewhere', account });
      return;
    case 'done':
  }
}

/** Whole seconds that the access token and the refresh token have left. */
function secondsLeftOf(row: TokenRow, nowMs: number): [number, number] {
  return [Math.floor(accessLifeMs(row, nowMs) / 1000), Math.floor(refreshLifeMs(row, nowMs) / 1000)];
}
