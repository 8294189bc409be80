/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds (fractions and long numbers too), or an HTTP date.
 *
 * @param retryAfter the header's value
 * @param date the response's own `Date` header. A `Retry-After` that is a date is measured against it, so that the
 *   clocks of the two machines may differ
 * @param nowMs this machine's clock, in milliseconds; used when the response has no readable `Date`
 * @returns the wait in milliseconds, never negative; `undefined` if the header is absent or is neither form
 */
export function readRetryAfter(
  retryAfter: string | null | undefined,
  date: string | null | undefined,
  nowMs: number,
): number | undefined {
  const text = retryAfter?.trim();
  if (!text) return undefined;
  if (/^\d+(\.\d*)?$/.test(text)) return Number(text) * 1000;
  const untilMs = parseHttpDate(text);
  return untilMs === undefined ? undefined : Math.max(0, untilMs - (parseHttpDate(date) ?? nowMs));
}

/** `Date.parse` accepts almost any text, so only texts that end as HTTP dates do are passed to it. */
function parseHttpDate(text: string | null | undefined): number | undefined {
  const ms = text?.trim().endsWith(' GMT') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
