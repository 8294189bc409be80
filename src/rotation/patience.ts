import type { Sleep } from '../sleep.ts';

/**
 * Waits for work, but no longer than `ms`.
 *
 * @param begin begins the work, or joins it; its signal aborts when nobody waits for it here any more
 * @returns what the work resolves to, or `undefined` when the time is up; the work itself goes on
 */
export async function within<T>(
  begin: (enough: AbortSignal) => Promise<T>,
  ms: number,
  sleepFor: Sleep,
): Promise<T | undefined> {
  const enough = new AbortController();
  try {
    return await Promise.race([begin(enough.signal), sleepFor(ms, enough.signal).then(() => undefined)]);
  } finally {
    enough.abort();
  }
}

/**
 * Work that many wait for, each until it has enough. A promise keeps all who ever waited for it until it settles, which may
 * take hours; these are let go as they leave.
 *
 * @returns waits for the work; only until it has settled
 */
export function share<T>(work: Promise<T>): (enough: AbortSignal | undefined) => Promise<T> {
  const waiting = new Set<(work: Promise<T>) => void>();
  const tell = () => waiting.forEach((resolve) => resolve(work));
  work.then(tell, tell);
  return (enough) =>
    new Promise((resolve) => {
      if (enough?.aborted) return; // nobody is there to be told
      waiting.add(resolve);
      enough?.addEventListener('abort', () => waiting.delete(resolve));
    });
}
