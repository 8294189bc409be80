/** How long to wait before the next request. Pure: no clock, and chance comes in as `random`, from 0 up to 1. */

/** Nobody is told to wait longer than this: what says more is broken. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** What of a `Retry-After` is obeyed: whatever the service said, it is asked again after this. */
const LONGEST_OBEYED_MS = 300_000;

const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 30_000;

/** Whoever is refused is not let in by asking again soon: a person has to do something first. */
const REFUSED_MS = 30_000;

/**
 * `Retry-After` (RFC 9110 §10.2.3): seconds, or an HTTP date, which is compared with the `Date` of the same answer, so that
 * no clock of ours matters.
 *
 * @param date the answer's `Date`
 * @param wallMs this machine's time, for an answer without one
 * @returns milliseconds, from 0 to an hour; `undefined` where the header is absent or neither
 */
export function readRetryAfter(header: string | null, date: string | null, wallMs: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,15}$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_RETRY_AFTER_MS);
  const untilMs = readHttpDate(text);
  if (untilMs === undefined) return undefined;
  const fromMs = readHttpDate(date?.trim() ?? '') ?? wallMs;
  return Math.min(Math.max(0, untilMs - fromMs), LONGEST_RETRY_AFTER_MS);
}

function readHttpDate(text: string): number | undefined {
  if (!/^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/**
 * Before the next request, after this many failures in a row: 0.5 s, doubling to 30 s, and up to half as much again, by
 * chance, so that callers who failed together do not come back together. What the service said, five minutes at most, where
 * that is longer: a `Retry-After` of 0, or of a moment that is past, is no leave to ask without a pause.
 */
export function pauseMs(failures: number, retryAfterMs: number | undefined, random: number): number {
  const doubled = FIRST_BACK_OFF_MS * 2 ** Math.min(failures - 1, 10);
  const backOffMs = Math.round(Math.min(doubled, LONGEST_BACK_OFF_MS) * (1 + 0.5 * random));
  if (retryAfterMs === undefined) return backOffMs;
  return Math.max(backOffMs, Math.min(retryAfterMs, LONGEST_OBEYED_MS) + Math.round(250 * random));
}

/** Before a caller who was refused asks again. */
export function refusedPauseMs(random: number): number {
  return Math.round(REFUSED_MS * (1 + 0.5 * random));
}
