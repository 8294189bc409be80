/**
 * What the built-in host and the simulator check before they answer. Both listen on this machine only, but a web page can
 * reach them through a browser that runs here: under a name of its own that resolves to 127.0.0.1 (DNS rebinding), or by
 * a cross-site request.
 */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isLoopbackHost } from '../loopback.ts';
import { err, ok, type Result } from '../result.ts';

export type Refusal = { readonly status: 400 | 403; readonly reason: string };

/**
 * Refuses a request that a foreign web page may have caused. Tools that are no browser (curl, the app, tests) send a
 * loopback name in `Host`, or none at all (HTTP/1.0), and neither `Origin` nor `Sec-Fetch-Site`. Pure.
 *
 * @returns `undefined` if the request may be answered
 */
export function refuseForeignPage(headers: IncomingHttpHeaders): Refusal | undefined {
  const { host, origin } = headers;
  if (host !== undefined && !isLoopbackAddress(host)) {
    return { status: 400, reason: 'its Host header is not a name of this machine (localhost, 127.0.0.1, [::1])' };
  }
  if (origin !== undefined && !isSameHost(origin, host)) {
    return { status: 403, reason: 'its Origin header names another site' };
  }
  if (headers['sec-fetch-site'] === 'cross-site') {
    return { status: 403, reason: 'a page of another site caused it (Sec-Fetch-Site)' };
  }
  return undefined;
}

/** Whether `Host` is a loopback name, with or without a port. */
function isLoopbackAddress(host: string): boolean {
  const [, hostname = ''] = /^(.*?)(?::\d{1,5})?$/.exec(host) ?? [];
  return isLoopbackHost(hostname.toLowerCase()) && URL.canParse(`http://${host}`);
}

function isSameHost(origin: string, host: string | undefined): boolean {
  const sender = URL.parse(origin);
  return sender !== null && sender.host === URL.parse(`${sender.protocol}//${host}`)?.host;
}

/**
 * Reads a request's body.
 *
 * @returns the body, empty if there is none; `too_large` for more than `maxBytes` bytes; `aborted` if the client closed
 *   the connection before the body was complete
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Result<Buffer, 'too_large' | 'aborted'>> {
  return new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return resolve(err('too_large'));
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return chunks.push(chunk);
      chunks.length = 0;
      return resolve(err('too_large'));
    });
    request.on('end', () => resolve(ok(Buffer.concat(chunks))));
    request.on('close', () => resolve(err('aborted')));
    request.on('error', () => resolve(err('aborted')));
  });
}
