// Reads a request's body up to the real host's limit, without copying one that came in a single piece.
import type { IncomingMessage } from 'node:http';

export const MAX_BODY_BYTES = 104_857_600; // 100 MiB, the default limit of the real host

export type BodyRead = { kind: 'complete'; body: Uint8Array | undefined } | { kind: 'too_large' } | { kind: 'aborted' };

const NO_BODY: BodyRead = { kind: 'complete', body: undefined };

/** Never rejects. A message without a length and without chunks has no body (RFC 9112 §6.3). */
export function readBody(req: IncomingMessage, maxBytes = MAX_BODY_BYTES): BodyRead | Promise<BodyRead> {
  const length = req.headers['content-length'];
  if (length === undefined && req.headers['transfer-encoding'] === undefined) return NO_BODY;
  if (Number(length ?? 0) > maxBytes) return { kind: 'too_large' };
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
      } else {
        chunks.length = 0;
        resolve({ kind: 'too_large' });
      }
    });
    req.on('end', () => resolve({ kind: 'complete', body: chunks.length === 1 ? chunks[0] : Buffer.concat(chunks) }));
    req.on('close', () => resolve({ kind: 'aborted' }));
    req.on('error', () => resolve({ kind: 'aborted' }));
  });
}
