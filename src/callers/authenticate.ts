/** Who calls, by the bearer token of the request. */
import type { BearerRefusal } from '../http/problem.ts';
import { err, ok, type Result } from '../result.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import { type Identity, type TokenKind, verifyToken } from './caller-token.ts';

/**
 * Reads `Authorization: Bearer TOKEN`: the scheme in any case (RFC 9110 §11.1), and exactly one token68. Two headers,
 * which arrive joined by a comma, are invalid: choosing one would be a guess. Pure.
 *
 * @returns the token; `authentication_required` without credentials of this scheme
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function readBearer(authorization: string | null): Result<string, BearerRefusal> {
  const [, scheme = '', rest = ''] = /^[ \t]*([^ \t]*)([^]*)$/.exec(authorization ?? '') ?? [];
  if (scheme.toLowerCase() !== 'bearer') return err('authentication_required');
  // Anchored, and no two neighbors match the same character: the work is linear in the header's length.
  const [, token] = /^ +([A-Za-z0-9\-._~+/]+=*)[ \t]*$/.exec(rest) ?? [];
  return token === undefined ? err('invalid_token') : ok(token);
}

/**
 * Verifies the bearer token, without reading the table: a caller who was disabled has access until its access token
 * expires.
 *
 * @param authorization the header, or `null` if there is none
 * @param kind the kind of token that the route requires
 */
export async function authenticate(
  { keys, nowMs }: { readonly keys: KeyRing; readonly nowMs: () => number },
  authorization: string | null,
  kind: TokenKind,
): Promise<Result<Identity, BearerRefusal>> {
  const bearer = readBearer(authorization);
  return bearer.ok ? verifyToken(keys, bearer.value, { kind, nowMs: nowMs() }) : bearer;
}
