/**
 * Drops repetitions. Anyone may call the health route and the auth routes: without this, a stranger could exhaust the
 * daily cap of the log.
 */

/** Whether this state of the subject is worth a line. */
export type RepeatFilter = (subject: string, state: string) => boolean;

/** Passes a state that differs from the subject's last one, and the same state again after `periodMs`. */
export function createRepeatFilter(periodMs: number, nowMs: () => number): RepeatFilter {
  const passed = new Map<string, { readonly state: string; readonly atMs: number }>();
  return (subject, state) => {
    const last = passed.get(subject);
    const now = nowMs();
    const isRepetition = last?.state === state && Math.abs(now - last.atMs) < periodMs;
    if (!isRepetition) passed.set(subject, { state, atMs: now });
    return !isRepetition;
  };
}
