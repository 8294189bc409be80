// Counts work that is under way, so that a host that stops can wait for it.

export interface WorkTracker {
  /** Call what it returns when that piece of work has ended; only the first call counts. */
  begin(): () => void;
  /** Resolves when nothing is under way, or after `timeoutMs`: then to false. */
  whenIdle(timeoutMs: number): Promise<boolean>;
}

export function createWorkTracker(): WorkTracker {
  let active = 0;
  let onIdle: (() => void) | undefined;
  return {
    begin() {
      active += 1;
      let hasEnded = false;
      return () => {
        if (hasEnded) return;
        hasEnded = true;
        active -= 1;
        if (active === 0) onIdle?.();
      };
    },
    whenIdle: (timeoutMs) =>
      new Promise((resolve) => {
        if (active === 0) {
          resolve(true);
          return;
        }
        const timer = setTimeout(() => resolve(false), timeoutMs);
        onIdle = () => {
          clearTimeout(timer);
          resolve(true);
        };
      }),
  };
}
