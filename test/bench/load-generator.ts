/** Callers: as many as are answered, or so many per second whatever becomes of them. */
import { type Connection, CONNECTIONS, withConnections } from './connections.ts';
import { percentile } from './statistics.ts';

export type Drive = {
  /** How long each answer took, in ms. */
  readonly timesMs: readonly number[];
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** When to stop: a time, or a number of answers. */
export type Until = { readonly durationMs: number } | { readonly answers: number };

export type Pace = { readonly perSecond: number; readonly durationMs: number };

/**
 * A closed loop: each connection sends its next request when the last one is answered, and times it from then on. Tells
 * how much a server can do. It tells nothing of stalls: while the server stands still, nobody asks.
 *
 * @throws when an answer is not 200, or a connection breaks
 */
export function drive(url: string, until: Until, connections = CONNECTIONS): Promise<Drive> {
  return withConnections({ url, connections }, async (open) => {
    const timesMs: number[] = [];
    const startedAtMs = performance.now();
    let toSend = 'answers' in until ? until.answers : Infinity;
    const endsAtMs = 'durationMs' in until ? startedAtMs + until.durationMs : Infinity;
    const another = () => performance.now() < endsAtMs && (toSend -= 1) >= 0;
    await Promise.all(open.map((connection) => callOn(connection, another, timesMs)));
    return summarize(timesMs, startedAtMs);
  });
}

function callOn(connection: Connection, another: () => boolean, timesMs: number[]): Promise<void> {
  return new Promise((resolve) => {
    const next = () => {
      if (!another()) return resolve();
      const sentAtMs = performance.now();
      connection.request(() => {
        timesMs.push(performance.now() - sentAtMs);
        next();
      });
    };
    next();
  });
}

/**
 * An open loop: requests are due at a fixed rate, and each is timed from when it was due, the wait for a free connection
 * included. So a stall of a second is a second's worth of slow requests, as it is for callers who know nothing of
 * each other.
 *
 * @throws when an answer is not 200, or a connection breaks
 */
export function driveAtRate(url: string, pace: Pace, connections = CONNECTIONS): Promise<Drive> {
  return withConnections({ url, connections }, async (open) => {
    const startedAtMs = performance.now();
    return summarize(await callWhenDue(open, pace, startedAtMs), startedAtMs);
  });
}

function callWhenDue(open: readonly Connection[], pace: Pace, startedAtMs: number): Promise<readonly number[]> {
  const total = Math.floor((pace.perSecond * pace.durationMs) / 1000);
  const dueAtMs = (index: number) => startedAtMs + (index * 1000) / pace.perSecond;
  const idle = [...open];
  const timesMs: number[] = [];
  let sent = 0;
  return new Promise((resolve) => {
    const send = () => {
      for (; sent < total && dueAtMs(sent) <= performance.now(); sent += 1) {
        const connection = idle.pop();
        if (connection === undefined) return; // the next answer sends what has become due meanwhile
        const wasDueAtMs = dueAtMs(sent);
        connection.request(() => {
          timesMs.push(performance.now() - wasDueAtMs);
          idle.push(connection);
          if (timesMs.length === total) resolve(timesMs);
          else send();
        });
      }
    };
    const timer = setInterval(() => {
      send();
      if (sent === total) clearInterval(timer);
    }, 1);
    timer.unref();
  });
}

function summarize(timesMs: readonly number[], startedAtMs: number): Drive {
  const perSecond = (timesMs.length * 1000) / (performance.now() - startedAtMs);
  const at = (percent: number) => percentile(timesMs, percent);
  return { timesMs, perSecond, p50Ms: at(50), p99Ms: at(99), maxMs: at(100) };
}
