import type { KeyRing } from '../settings/key-ring.ts';
import { readBearer } from './bearer.ts';
import { type Authentication, type TokenKind, verifyToken } from './caller-token.ts';

/**
 * Who calls, by the bearer token of the request. Without the table: a caller who was disabled has access until its
 * token ends.
 *
 * @param authorization the header, or `null` where there is none
 * @param kind the kind of token that is wanted here
 */
export async function authenticate(
  { keys, nowMs }: { readonly keys: KeyRing; readonly nowMs: () => number },
  authorization: string | null,
  kind: TokenKind,
): Promise<Authentication> {
  const bearer = readBearer(authorization);
  if (bearer.result === 'missing') return { result: 'refused', code: 'authentication_required' };
  if (bearer.result === 'unreadable') return { result: 'refused', code: 'invalid_token' };
  return verifyToken(keys, bearer.token, { kind, nowMs: nowMs() });
}
