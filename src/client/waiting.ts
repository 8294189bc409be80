/** Waiting for a while, for somebody else's work, and no longer than a caller likes. */

/** Who sleeps: for one whom nobody waits for, the process does not go on running. */
export type Sleeper = { readonly signal?: AbortSignal | undefined; readonly isInBackground?: boolean };

/** Sleeps in real time. Rejects with the signal's reason as soon as it aborts. */
export function sleep(ms: number, { signal, isInBackground = false }: Sleeper = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal));
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const abort = () => {
      end();
      if (signal) reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      end();
      resolve();
    }, ms);
    if (isInBackground) release(timer);
    signal?.addEventListener('abort', abort);
  });
}

/** Node's timers keep the process running; those of browsers are numbers. */
function release(timer: number | { unref?(): unknown }): void {
  if (typeof timer === 'object') timer.unref?.();
}

/**
 * Waits for shared work, which goes on whatever becomes of this wait.
 *
 * @param work must not reject
 * @throws the signal's reason, when it aborts meanwhile
 */
export async function join(
  work: Promise<unknown>,
  ms: number,
  { signal, isInBackground = false }: Sleeper = {},
): Promise<void> {
  const enough = new AbortController();
  const abort = () => enough.abort();
  signal?.addEventListener('abort', abort);
  try {
    await Promise.race([work, sleep(ms, { signal: enough.signal, isInBackground }).catch(() => undefined)]);
    if (signal?.aborted) throw reasonOf(signal);
  } finally {
    signal?.removeEventListener('abort', abort);
    enough.abort();
  }
}

/** What an aborted signal rejects with: an error, as `fetch` would. */
export function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason : new DOMException('This operation was aborted', 'AbortError');
}
