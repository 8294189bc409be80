/** Callers on kept connections: as fast as they are answered, or at a fixed rate. */
import { connect } from 'node:net';
import { percentile } from './figures.ts';

export const CONNECTIONS = 16;

export type Drive = {
  /** How long each answer took, in ms. */
  readonly timesMs: readonly number[];
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/** When to stop: after a time, or after a number of answers. */
export type Until = { readonly durationMs: number } | { readonly answers: number };

export type Pace = { readonly perSecond: number; readonly durationMs: number };

/** One request at a time. `onAnswer` is called when the last byte of the answer has arrived. */
type Connection = { readonly request: (onAnswer: () => void) => void; readonly close: () => void };

/**
 * A closed loop: each connection sends its next request when the last one is answered. It shows how much a server can do,
 * but not how long it stands still: meanwhile no caller asks.
 *
 * @throws if an answer is not 200, or a connection breaks
 */
export function drive(url: string, until: Until): Promise<Drive> {
  return withConnections(url, CONNECTIONS, async (connections) => {
    const timesMs: number[] = [];
    const startedAtMs = performance.now();
    let toSend = 'answers' in until ? until.answers : Infinity;
    const endsAtMs = 'durationMs' in until ? startedAtMs + until.durationMs : Infinity;
    const another = () => performance.now() < endsAtMs && (toSend -= 1) >= 0;
    await Promise.all(connections.map((connection) => callOn(connection, another, timesMs)));
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
 * An open loop: requests are due at a fixed rate, and each is timed from when it was due, including the wait for a free
 * connection. So a stall of a second shows as a second's worth of slow requests.
 *
 * @throws if an answer is not 200, or a connection breaks
 */
export function driveAtRate(url: string, pace: Pace, connections = CONNECTIONS): Promise<Drive> {
  return withConnections(url, connections, async (all) => {
    const startedAtMs = performance.now();
    return summarize(await callWhenDue(all, pace, startedAtMs), startedAtMs);
  });
}

function callWhenDue(all: readonly Connection[], pace: Pace, startedAtMs: number): Promise<readonly number[]> {
  const total = Math.floor((pace.perSecond * pace.durationMs) / 1000);
  const dueAtMs = (index: number) => startedAtMs + (index * 1000) / pace.perSecond;
  const idle = [...all];
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
  return { timesMs, perSecond, p50Ms: percentile(timesMs, 50), p99Ms: percentile(timesMs, 99) };
}

async function withConnections<T>(
  url: string,
  count: number,
  run: (connections: readonly Connection[]) => Promise<T>,
): Promise<T> {
  const failure = Promise.withResolvers<never>();
  const opening = Array.from({ length: count }, () => open(url, failure.reject));
  const connections = await Promise.race([Promise.all(opening), failure.promise]);
  try {
    return await Promise.race([run(connections), failure.promise]);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** On a socket: the client of `node:http` costs as much as its server, and would even out what is measured. */
function open(url: string, fail: (error: Error) => void): Promise<Connection> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const request = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`;
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let answer = '';
  let answered = () => {};
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    answer += String(chunk);
    if (!isComplete(answer)) return;
    if (!answer.startsWith('HTTP/1.1 200 ')) return void socket.destroy(new Error(`Answered ${answer}`));
    answer = '';
    answered();
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('The host closed the connection'))); // has no effect after our own close
  const connection: Connection = {
    request(onAnswer) {
      answered = onAnswer;
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
  return new Promise((resolve) => socket.once('connect', () => resolve(connection)));
}

/** Tells whether an answer has its whole body: chunked, or as long as it says (RFC 9112 §6.3). */
function isComplete(answer: string): boolean {
  const headersEndAt = answer.indexOf('\r\n\r\n');
  if (headersEndAt === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headersEndAt))?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= headersEndAt + 4 + Number(length);
}
