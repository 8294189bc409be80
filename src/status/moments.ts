/** Moments and spans of time as people read them, in UTC whatever the machine's language. Pure. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The furthest that a date can say (ECMA-262 §21.4.1.1). */
const LAST_MS = 8.64e15;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** ISO 8601 in UTC; a moment beyond what a date can say is the last, or the first, that it can. */
export function toIso(ms: number): string {
  return new Date(Math.min(Math.max(ms, -LAST_MS), LAST_MS)).toISOString();
}

/** Such as "15 Jan, 18:00:00"; where that is in another year than `nowMs`, "15 Jan 2027, 18:00:00". */
export function sayMoment(ms: number, nowMs: number): string {
  const day = yearOf(ms) === yearOf(nowMs) ? sayDay(ms) : `${sayDay(ms)} ${yearOf(ms)}`;
  return `${day}, ${sayTime(ms)}`;
}

/** Such as "18:00:00". */
export function sayTime(ms: number): string {
  return toIso(ms).slice(-13, -5);
}

/** Such as "18:00"; where that is on another day than `nowMs`, "16 Jan 18:00"; in another year, "16 Jan 2027". */
export function sayMomentBriefly(ms: number, nowMs: number): string {
  if (yearOf(ms) !== yearOf(nowMs)) return `${sayDay(ms)} ${yearOf(ms)}`;
  const time = sayTime(ms).slice(0, 5);
  return sayDay(ms) === sayDay(nowMs) ? time : `${sayDay(ms)} ${time}`;
}

/** Such as "15 Jan". */
export function sayDay(ms: number): string {
  const date = new Date(toIso(ms));
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
}

function yearOf(ms: number): number {
  return new Date(toIso(ms)).getUTCFullYear();
}

/** The two largest units, such as "5 h 59 min", rounded down; "0 s" for nothing or less. */
export function saySpan(ms: number): string {
  const left = Math.max(0, ms);
  const parts: readonly [count: number, unit: string][] = [
    [Math.floor(left / DAY_MS), 'd'],
    [Math.floor((left % DAY_MS) / HOUR_MS), 'h'],
    [Math.floor((left % HOUR_MS) / MINUTE_MS), 'min'],
    [Math.floor((left % MINUTE_MS) / SECOND_MS), 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

/** Milliseconds, with a narrow blank at each thousand; what no rotation takes as a power of ten. */
export function sayMs(ms: number): string {
  if (!(Math.abs(ms) < 1e9)) return ms.toExponential(0);
  return String(Math.round(ms)).replaceAll(/\B(?=(\d{3})+$)/g, '\u202F');
}

/** A clock that runs down, such as "5:59:48", with days before it where there are some: "13 d 05:59:48". */
export function sayClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days > 0 ? `${days} d ${two(hours)}:${rest}` : `${hours}:${rest}`;
}

function two(count: number): string {
  return String(count).padStart(2, '0');
}
