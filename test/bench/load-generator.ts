/**
 * Callers over kept connections, each with one request under way at any time. On sockets, not on `node:http`: its client
 * costs as much as its server, and a slow caller would make everything that it measures look alike.
 */
import { connect } from 'node:net';
import { percentile } from './statistics.ts';

export type Drive = {
  /** The times of all answers, from the request's first byte to the answer's last, in ms. */
  readonly timesMs: readonly number[];
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

export const CONNECTIONS = 16;

/** When to stop: a time, or a number of answers. */
export type Until = { readonly durationMs: number } | { readonly answers: number };

/**
 * Sends GET requests as fast as they are answered.
 *
 * @throws when an answer is not 200, or a connection breaks
 */
export async function drive(url: string, until: Until, connections = CONNECTIONS): Promise<Drive> {
  const timesMs: number[] = [];
  const startedAtMs = performance.now();
  let toSend = 'answers' in until ? until.answers : Infinity;
  const endsAtMs = 'durationMs' in until ? startedAtMs + until.durationMs : Infinity;
  const another = () => performance.now() < endsAtMs && (toSend -= 1) >= 0;
  await Promise.all(Array.from({ length: connections }, () => call(url, another, timesMs)));
  const seconds = (performance.now() - startedAtMs) / 1000;
  const [p50Ms, p99Ms] = [percentile(timesMs, 50), percentile(timesMs, 99)];
  return { timesMs, perSecond: timesMs.length / seconds, p50Ms, p99Ms };
}

/** One connection: a request, its answer, the next request. */
function call(url: string, another: () => boolean, timesMs: number[]): Promise<void> {
  const { hostname, port, host, pathname, search } = new URL(url);
  const request = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let sentAtMs = 0;
    let answer = '';
    const next = () => {
      if (!another()) return void socket.end();
      sentAtMs = performance.now();
      socket.write(request);
    };
    socket.setEncoding('latin1');
    socket.on('connect', next);
    socket.on('data', (chunk) => {
      answer += String(chunk);
      if (!isComplete(answer)) return;
      if (!answer.startsWith('HTTP/1.1 200 ')) return void socket.destroy(new Error(`Answered ${answer}`));
      timesMs.push(performance.now() - sentAtMs);
      answer = '';
      next();
    });
    socket.on('error', reject);
    socket.on('close', (hadError) => hadError || (answer === '' ? resolve() : reject(new Error('The host hung up'))));
  });
}

/** Whether an answer has all of its body: chunked, or as long as it says (RFC 9112 §6.3). */
function isComplete(answer: string): boolean {
  const headersEndAt = answer.indexOf('\r\n\r\n');
  if (headersEndAt === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headersEndAt))?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= headersEndAt + 4 + Number(length);
}
