/** Waiting for a while, for somebody else's work, and no longer than a caller likes. */

/** Who sleeps: for one whom nobody waits for, the process does not go on running. */
export type Sleeper = { readonly signal?: AbortSignal | undefined; readonly isInBackground?: boolean };

/** Sleeps in real time. Rejects with the signal's reason as soon as it aborts. */
export async function sleep(ms: number, { signal, isInBackground = false }: Sleeper = {}): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (isInBackground) release(timer);
    signal?.addEventListener('abort', end);
  });
  signal?.throwIfAborted();
}

/** Node's timers keep the process running; those of browsers are numbers. */
function release(timer: number | { unref?(): unknown }): void {
  if (typeof timer === 'object') timer.unref?.();
}

/**
 * Waits for shared work, which goes on whatever becomes of this wait.
 *
 * @param work must not reject
 * @throws the signal's reason, when it has aborted, or does meanwhile
 */
export async function join(
  work: Promise<unknown>,
  ms: number,
  { signal, isInBackground = false }: Sleeper = {},
): Promise<void> {
  signal?.throwIfAborted();
  const enough = new AbortController();
  const abort = () => enough.abort();
  signal?.addEventListener('abort', abort);
  try {
    await Promise.race([work, sleep(ms, { signal: enough.signal, isInBackground }).catch(() => undefined)]);
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener('abort', abort);
    enough.abort();
  }
}
