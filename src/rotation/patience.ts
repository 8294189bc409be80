/** Waiting for work that goes on by itself, for a limited time. */
import type { Sleep } from '../sleep.ts';

/**
 * Waits for work, but no longer than `ms`.
 *
 * @param begin starts the work, or joins it; its signal aborts when this wait is over
 * @returns what the work resolves to, or `undefined` when the time is over; the work itself continues
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
 * Shares work among many waiters, each of which may leave. A promise keeps everything that ever waited for it until it
 * settles, which may take hours while a save is repeated; these waiters are released when they leave.
 *
 * @returns waits for the work; to be called only until the work has settled
 */
export function share<T>(work: Promise<T>): (enough: AbortSignal | undefined) => Promise<T> {
  const waiting = new Set<(work: Promise<T>) => void>();
  const tell = () => waiting.forEach((resolve) => resolve(work));
  work.then(tell, tell);
  return (enough) =>
    new Promise((resolve) => {
      if (enough?.aborted) return; // this waiter has left
      waiting.add(resolve);
      enough?.addEventListener('abort', () => waiting.delete(resolve));
    });
}
