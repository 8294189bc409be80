import type { HttpRequest } from '@azure/functions';

/**
 * The body of a request as JSON, whatever content type it claims to have: to be judged by a schema.
 *
 * @param longest characters; a longer body is not looked at
 * @returns `undefined` where it is no JSON, or too long
 */
export async function readJsonBody(request: Pick<HttpRequest, 'text'>, longest: number): Promise<unknown> {
  const text = await request.text();
  if (text.length > longest) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
