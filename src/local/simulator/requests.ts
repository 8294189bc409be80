import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request as data. Header names are in lower case. */
export interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** Reads a request to its end. Throws if the client goes away before. */
export async function readRequest(message: IncomingMessage): Promise<Request> {
  const body = await text(message);
  const { method = 'GET', url = '/' } = message;
  const [path = '/'] = url.split('?', 1);
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return { method, path, headers, body };
}
