import type { HttpRequest } from '@azure/functions';
import { parseJson } from '../parse-json.ts';

/** What is read of a request. */
export type WithBody = Pick<HttpRequest, 'headers' | 'body'>;

/** What UTF-8 takes at the most for a character, as a string counts them (a pair of surrogates takes 4 bytes). */
const BYTES_PER_CHARACTER = 3;

/**
 * The body of a request as JSON, whatever content type it claims to have: to be judged by a schema.
 *
 * @param longest characters; a longer body is not read to its end, and not at all where it says its length
 * @returns `undefined` where it is no JSON, or too long
 */
export async function readJsonBody(request: WithBody, longest: number): Promise<unknown> {
  const text = await readText(request, (longest + 1) * BYTES_PER_CHARACTER); // one more: a byte order mark
  return text === undefined || text.length > longest ? undefined : parseJson(text);
}

/** @returns `undefined` where it is longer */
async function readText({ headers, body }: WithBody, longestBytes: number): Promise<string | undefined> {
  if (Number(headers.get('content-length')) > longestBytes) return undefined;
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of body ?? []) {
    if (!(chunk instanceof Uint8Array)) return undefined;
    bytes += chunk.byteLength;
    if (bytes > longestBytes) return undefined; // and leaving the loop cancels what is still to come
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
