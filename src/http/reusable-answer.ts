import { HttpResponse } from '@azure/functions';

/**
 * A 200 that can be given any number of times. Of a plain answer Azure's library makes a `Response` at each call, and reads
 * its body back: a third of the library's part of a call. Of an `HttpResponse` it takes the members as they are.
 *
 * All who get it share it: nobody may change its headers or cookies, and a spread of it is empty.
 */
export function reusableAnswer(headers: Readonly<Record<string, string>>, body: string): HttpResponse {
  const answer = new HttpResponse({ headers, body });
  const bytes = answer.arrayBuffer();
  return Object.defineProperties(answer, {
    arrayBuffer: { value: () => bytes },
    body: { get: () => new Blob([body]).stream() }, // for another copy of the library, which makes its own answer of it
  });
}
