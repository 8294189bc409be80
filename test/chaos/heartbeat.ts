/** How far behind this process is: a beat that is due every 20 ms, and how late it comes on a machine that is busy. */
export type Heartbeat = {
  /** How late a beat has come since then, at most; one that is overdue counts. */
  longestDelayMs(sinceMs: number): number;
  stop(): void;
};

const BEAT_MS = 20;

export function startHeartbeat(): Heartbeat {
  const beats: { readonly atMs: number; readonly lateMs: number }[] = [];
  let dueAtMs = Date.now() + BEAT_MS;
  const timer = setInterval(() => {
    const atMs = Date.now();
    beats.push({ atMs, lateMs: atMs - dueAtMs });
    dueAtMs = atMs + BEAT_MS;
  }, BEAT_MS);
  return {
    longestDelayMs(sinceMs) {
      let longestMs = Math.max(0, Date.now() - dueAtMs);
      for (let last = beats.length - 1; last >= 0; last -= 1) {
        const beat = beats[last];
        if (!beat || beat.atMs < sinceMs) break;
        longestMs = Math.max(longestMs, beat.lateMs);
      }
      return longestMs;
    },
    stop: () => clearInterval(timer),
  };
}
