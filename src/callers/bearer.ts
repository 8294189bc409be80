/** Reads the bearer token of a request. Pure. */

export type Bearer =
  /** No credentials, or none of this scheme. */
  | { readonly result: 'missing' }
  /** Meant as a bearer token, but not the form of one. */
  | { readonly result: 'unreadable' }
  | { readonly result: 'token'; readonly token: string };

/**
 * Reads `Authorization: Bearer TOKEN`: the scheme in whatever case (RFC 9110 §11.1), and exactly one token68. Two
 * headers, which arrive joined by a comma, are none: which of them counted would be a guess.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function readBearer(authorization: string | null): Bearer {
  const [, scheme = '', rest = ''] = /^[ \t]*([^ \t]*)([^]*)$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() !== 'bearer') return { result: 'missing' };
  // Anchored, and no two neighbours that take the same character: the work grows as the header does.
  const [, token] = /^ +([A-Za-z0-9\-._~+/]+=*)[ \t]*$/.exec(rest) ?? [];
  return token === undefined ? { result: 'unreadable' } : { result: 'token', token };
}
