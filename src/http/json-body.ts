import type { HttpRequest } from '@azure/functions';
import { parseJson } from '../parse-json.ts';

/**
 * The body of a request as JSON, whatever content type it claims to have: to be judged by a schema.
 *
 * @param longest characters; a longer body is not looked at
 * @returns `undefined` where it is no JSON, or too long
 */
export async function readJsonBody(request: Pick<HttpRequest, 'text'>, longest: number): Promise<unknown> {
  const text = await request.text();
  return text.length > longest ? undefined : parseJson(text);
}
