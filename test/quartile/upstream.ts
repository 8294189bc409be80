/** A real server in Quartile's place, for the tests of the client. */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { createQuartileClient, type QuartileClient } from '../../src/quartile/client.ts';
import type { Reply } from '../../src/quartile/reply.ts';
import { NOW_MS } from '../fixtures.ts';

export type Received = {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};
export type Answer = (response: ServerResponse, request: Received) => void;

/** Recognisable wherever they turn up. */
export const SECRETS = { subscriptionKey: 'S3cr3t-key', username: 'S3cr3t-user', password: 'S3cr3t-password' };
export const REFRESH_TOKEN = 'S3cr3t-token';

/** A server for one test; it notes each request before it answers. */
export async function startUpstream(t: TestContext, answer: Answer): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const noted = { method, path, headers, body: Buffer.concat(chunks).toString() };
      received.push(noted);
      answer(response, noted);
    });
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: await listen(server), received };
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
export function clientOf({ port, timeoutMs = 5000, host = '127.0.0.1' }: ClientOptions): QuartileClient {
  const times = [NOW_MS, NOW_MS + 2000];
  const settings = { ...SECRETS, baseUrl: `http://${host}:${port}/auth/v2`, timeoutMs };
  return createQuartileClient(settings, () => times.shift() ?? Number.NaN);
}

type ClientOptions = { readonly port: number; readonly timeoutMs?: number; readonly host?: string };

/** What becomes of a refresh that is answered so. */
export async function refreshAgainst(
  t: TestContext,
  answer: Answer,
  options: Omit<ClientOptions, 'port'> = {},
): Promise<{ reply: Reply; received: readonly Received[] }> {
  const { port, received } = await startUpstream(t, answer);
  return { reply: await clientOf({ port, ...options }).refresh(REFRESH_TOKEN), received };
}

/** Answers with JSON. */
export function sendJson(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  assert.ok(address && typeof address === 'object');
  return address.port;
}
