/** Times and durations as people read them, in UTC. Pure. Times are ISO 8601 strings in UTC. */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Such as "15 Jan, 18:00:00"; in another year than `now`, "15 Jan 2027, 18:00:00". */
export function sayMoment(time: string, now: string): string {
  const year = time.slice(0, 4);
  return `${sayDay(time)}${year === now.slice(0, 4) ? '' : ` ${year}`}, ${sayTime(time)}`;
}

/** Such as "15 Jan". */
export function sayDay(time: string): string {
  return `${Number(time.slice(8, 10))} ${MONTHS[Number(time.slice(5, 7)) - 1]}`;
}

/** Such as "18:00:00". */
export function sayTime(time: string): string {
  return time.slice(11, 19);
}

/** The two largest units, such as "5 h 59 min", rounded down. */
export function saySpan(seconds: number): string {
  const parts: readonly [count: number, unit: string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  const largest = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return largest.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/** A countdown such as "5:59:48". */
export function sayClock(seconds: number): string {
  return `${Math.floor(seconds / 3600)}:${twoDigits(Math.floor(seconds / 60))}:${twoDigits(seconds)}`;
}

function twoDigits(count: number): string {
  return String(count % 60).padStart(2, '0');
}
