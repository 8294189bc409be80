/**
 * Kept connections of callers. On sockets, not on `node:http`: its client costs as much as its server, and a slow caller
 * would make everything that it measures look alike.
 */
import { connect } from 'node:net';

export type Connection = {
  /** Sends a GET request: one at a time. Told when the last byte of the answer is here. */
  readonly request: (onAnswer: () => void) => void;
};

export const CONNECTIONS = 16;

type Opened = Connection & { readonly close: () => void };

/**
 * Opens connections, lets something be done with them, and closes them.
 *
 * @throws when an answer is not 200, or a connection breaks
 */
export async function withConnections<T>(
  { url, connections }: { readonly url: string; readonly connections: number },
  run: (open: readonly Connection[]) => Promise<T>,
): Promise<T> {
  const failure = Promise.withResolvers<never>();
  const opening = Array.from({ length: connections }, () => open(url, failure.reject));
  const opened = await Promise.race([Promise.all(opening), failure.promise]);
  try {
    return await Promise.race([run(opened), failure.promise]);
  } finally {
    for (const connection of opened) connection.close();
  }
}

function open(url: string, fail: (error: Error) => void): Promise<Opened> {
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
  socket.on('close', () => fail(new Error('The host hung up'))); // too late to matter where we did
  const opened: Opened = {
    request(onAnswer) {
      answered = onAnswer;
      socket.write(request);
    },
    close: () => socket.destroy(),
  };
  return new Promise((resolve) => socket.once('connect', () => resolve(opened)));
}

/** Whether an answer has all of its body: chunked, or as long as it says (RFC 9112 §6.3). */
function isComplete(answer: string): boolean {
  const headersEndAt = answer.indexOf('\r\n\r\n');
  if (headersEndAt === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, headersEndAt))?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= headersEndAt + 4 + Number(length);
}
