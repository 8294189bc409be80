/** How long to wait. Pure: no clock; randomness is passed in as `random`, from 0 up to 1. */
import {
  FIRST_BACK_OFF_MS,
  FIRST_REFUSAL_WAIT_MS,
  FIRST_RESEND_MS,
  JITTER,
  LONGEST_BACK_OFF_AFTER_4XX_MS,
  LONGEST_BACK_OFF_MS,
  LONGEST_REFUSAL_WAIT_MS,
  LONGEST_RETRY_AFTER_MS,
  REFUSAL_WAIT_LESS_MS,
} from './limits.ts';

/** Before a refresh that was not processed is sent again; `resends` counts from 0. `Retry-After` can only lengthen it. */
export function resendDelayMs(resends: number, retryAfterMs: number | undefined, random: number): number {
  return Math.max(withJitter(FIRST_RESEND_MS * 2 ** resends, random), retryAfterMs ?? 0);
}

/**
 * Before the next attempt of a caller, after this many failures in a row.
 *
 * @param longBackOff for an answer to a login that may be Quartile's refusal of the password
 */
export function backOffMs(failures: number, longBackOff: boolean, random: number): number {
  const doubled = FIRST_BACK_OFF_MS * 2 ** Math.min(failures - 1, 10);
  return withJitter(Math.min(doubled, longBackOff ? LONGEST_BACK_OFF_AFTER_4XX_MS : LONGEST_BACK_OFF_MS), random);
}

/** The part of a `Retry-After` that is obeyed beyond the attempt that received it. */
export function obeyedRetryAfterMs(retryAfterMs: number): number {
  return Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
}

/** Before the next login, after Quartile has refused the credentials this often in a row: 25, 55, 115 min … 6 h. */
export function refusalWaitMs(refusals: number): number {
  const doubled = FIRST_REFUSAL_WAIT_MS * 2 ** Math.min(refusals - 1, 10) - REFUSAL_WAIT_LESS_MS;
  return Math.min(doubled, LONGEST_REFUSAL_WAIT_MS);
}

function withJitter(ms: number, random: number): number {
  return Math.round(ms * (1 + JITTER * random));
}
