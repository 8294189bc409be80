/** Resolves after `ms` milliseconds, or as soon as `signal` aborts. Never rejects. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Sleeps in real time. */
export const sleep: Sleep = (ms, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/**
 * Waits for `work`, but no longer than `ms`.
 *
 * @returns what `work` resolves to, or `undefined` when the time is up; `work` itself goes on
 */
export async function within<T>(work: Promise<T>, ms: number, sleepFor: Sleep): Promise<T | undefined> {
  const enough = new AbortController();
  try {
    return await Promise.race([work, sleepFor(ms, enough.signal).then(() => undefined)]);
  } finally {
    enough.abort();
  }
}
