/** How the built-in host and the simulator read requests. */
import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '../result.ts';

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
