import type { HttpRequest } from '@azure/functions';
import { parseJson } from '../parse-json.ts';

/** What is read of a request. */
export type WithBody = Pick<HttpRequest, 'headers' | 'body'>;

/** The most bytes that UTF-8 needs for one UTF-16 unit: a surrogate pair takes 4 for two. */
const BYTES_PER_CHARACTER = 3;

/**
 * Reads the body of a request as JSON, whatever its content type.
 *
 * @param longest in characters. A longer body is not read to its end, and not at all if its `Content-Length` says so
 * @returns `undefined` if it is not JSON, or too long
 */
export async function readJsonBody(request: WithBody, longest: number): Promise<unknown> {
  const text = await readText(request, (longest + 1) * BYTES_PER_CHARACTER); // one more for a byte order mark
  return text === undefined || text.length > longest ? undefined : parseJson(text);
}

/** @returns `undefined` if it is longer */
async function readText({ headers, body }: WithBody, longestBytes: number): Promise<string | undefined> {
  if (Number(headers.get('content-length')) > longestBytes) return undefined;
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of body ?? []) {
    if (!(chunk instanceof Uint8Array)) return undefined;
    bytes += chunk.byteLength;
    if (bytes > longestBytes) return undefined; // leaving the loop cancels the rest
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
