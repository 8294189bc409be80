/** HTTP/1.1 byte by byte: messages that `fetch` would correct, or refuse to send. */
import { connect } from 'node:net';

/** A well-formed request, as lines. */
export type Request = {
  readonly method: string;
  /** The request target, or whatever takes its place. */
  readonly target: string;
  /** Beside `Host` and `Connection: close`. */
  readonly headers?: readonly string[];
  readonly body?: string;
};

/** What may be unusual in the message itself. */
type Oddity = {
  readonly version?: string;
  /** The first header lines, instead of `Host` and `Connection: close`. */
  readonly first?: readonly string[];
  /** More header lines. */
  readonly more?: readonly string[];
};

const USUAL = ['Host: localhost', 'Connection: close'];

/** The request as it is on the wire: one character is one byte. A body adds its length. */
export function write(request: Request, { version = 'HTTP/1.1', first = USUAL, more = [] }: Oddity = {}): string {
  const { method, target, headers = [], body } = request;
  const length = body === undefined ? [] : [`Content-Length: ${body.length}`];
  const lines = [`${method} ${target} ${version}`, ...first, ...headers, ...length, ...more];
  return `${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

/** Text in UTF-8, one character for each byte. */
export function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** How long a client that hangs up waits before it does. */
const PATIENCE_MS = 30;

/**
 * Sends these bytes, one for each character, and reads until the server closes the connection.
 *
 * @param hangsUp closes the connection itself, without waiting for an answer
 * @returns everything that was received
 */
export function exchange(url: string, bytes: string, hangsUp = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    let received = '';
    socket.setEncoding('latin1');
    socket.on('data', (text) => (received += String(text)));
    socket.on('error', () => undefined); // a server may close before it has read everything
    socket.on('close', () => resolve(received));
    socket.write(bytes, 'latin1', () => hangsUp && setTimeout(() => socket.destroy(), PATIENCE_MS));
  });
}

export type Answer = {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Without the chunked encoding. */
  readonly body: string;
};

/** Splits what was received into answers. */
export function readAnswers(received: string): Answer[] {
  return received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((text) => text !== '')
    .map(readAnswer);
}

function readAnswer(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Map(lines.map((line) => readHeader(line)));
  const body = rest.join('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]);
  return { status, headers, body: headers.get('transfer-encoding') === 'chunked' ? joinChunks(body) : body };
}

function readHeader(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

function joinChunks(body: string): string {
  let joined = '';
  let rest = body;
  for (;;) {
    const [, digits = '0', after = ''] = /^([\da-f]+)\r\n([^]*)$/i.exec(rest) ?? [];
    const size = Number.parseInt(digits, 16);
    if (size === 0) return joined;
    joined += after.slice(0, size);
    rest = after.slice(size + 2);
  }
}
