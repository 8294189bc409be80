/** A real server in Quartile's place, for the tests of the client. */
import assert from 'node:assert/strict';
import dns from 'node:dns';
import { createServer, type IncomingHttpHeaders, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { isIP, type Server } from 'node:net';
import type { TestContext } from 'node:test';
import { createQuartileClient, type QuartileClient } from '../../src/quartile/client.ts';
import type { Reply } from '../../src/quartile/reply.ts';
import { NOW_MS } from '../fixtures.ts';

export type Received = {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The client's end of the connection. */
  readonly remotePort: number | undefined;
};
export type Answer = (response: ServerResponse, request: Received) => void;

/** Easy to find wherever they appear. */
export const SECRETS = { subscriptionKey: 'S3cr3t-key', username: 'S3cr3t-user', password: 'S3cr3t-password' };
export const REFRESH_TOKEN = 'S3cr3t-token';

/** A server for one test; it records each request before it answers. With `tls`, it serves https. */
export async function startUpstream(
  t: TestContext,
  answer: Answer,
  tls?: ServerOptions,
): Promise<{ port: number; received: Received[]; server: Server }> {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const { remotePort } = request.socket;
      const noted = { method, path, headers, body: Buffer.concat(chunks).toString(), remotePort };
      received.push(noted);
      answer(response, noted);
    });
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: await listen(server), received, server };
}

/** A port where nothing listens: it was just closed. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** A client whose clock says `NOW_MS` when it sends, and two seconds later when it is answered. */
export function clientOf({
  port,
  timeoutMs = 20_000,
  host = '127.0.0.1',
  scheme = 'http',
}: ClientOptions): QuartileClient {
  const times = [NOW_MS, NOW_MS + 2000];
  const settings = { ...SECRETS, baseUrl: `${scheme}://${host}:${port}/auth/v2`, timeoutMs };
  return createQuartileClient(settings, () => times.shift() ?? Number.NaN);
}

type ClientOptions = {
  readonly port: number;
  readonly timeoutMs?: number;
  readonly host?: string;
  readonly scheme?: 'http' | 'https';
};

/**
 * Puts the client's time-out in the hands of a test: it is over when the test says so, and not when a busy machine is slow.
 *
 * @returns `end`, and the times that the client has asked for
 */
export function holdTimeout(t: TestContext): { end: () => void; askedMs: () => unknown[] } {
  const over = new AbortController();
  const { mock } = t.mock.method(AbortSignal, 'timeout', () => over.signal);
  return { end: () => over.abort(), askedMs: () => mock.calls.map((call) => call.arguments[0]) };
}

/** For the rest of a test every name has these addresses; with none, no name is found. */
export function resolveTo(t: TestContext, addresses: readonly string[]): void {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const error =
    found.length > 0 ? null : Object.assign(new Error('not found'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' });
  t.mock.method(dns, 'lookup', (...[, , callback]: [string, object, (error: Error | null, found: object[]) => void]) =>
    callback(error, found),
  );
}

/** The reply to a refresh that the server answers in this way. */
export async function refreshAgainst(
  t: TestContext,
  answer: Answer,
  options: Omit<ClientOptions, 'port'> = {},
): Promise<{ reply: Reply; received: readonly Received[] }> {
  const { port, received } = await startUpstream(t, answer);
  return { reply: await clientOf({ port, ...options }).refresh(REFRESH_TOKEN), received };
}

/** The reply when no connection was made, for this reason. */
export function notConnected(reason: string): Reply {
  return { kind: 'not-processed', code: `not_connected_${reason}`, mayLogIn: false, retryAfterMs: undefined };
}

/** Answers with JSON. */
export function sendJson(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Starts to listen on a free port. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  return address.port;
}
