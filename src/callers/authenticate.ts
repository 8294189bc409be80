import type { KeyRing } from '../settings/key-ring.ts';
import { readBearer } from './bearer.ts';
import { type Identity, type TokenKind, verifyToken } from './caller-token.ts';

export type Authentication =
  | { readonly result: 'known'; readonly identity: Identity }
  | { readonly result: 'refused'; readonly code: RefusalCode };

export type RefusalCode = 'authentication_required' | 'invalid_token' | 'token_expired' | 'wrong_token_kind';

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
  if (bearer.result === 'missing') return refused('authentication_required');
  if (bearer.result === 'unreadable') return refused('invalid_token');
  const verdict = await verifyToken(keys, bearer.token, { kind, nowMs: nowMs() });
  switch (verdict.verdict) {
    case 'valid':
      return { result: 'known', identity: verdict.identity };
    case 'unreadable':
      return refused('invalid_token');
    case 'expired':
      return refused('token_expired');
    case 'wrong-kind':
      return refused('wrong_token_kind');
  }
}

function refused(code: RefusalCode): Authentication {
  return { result: 'refused', code };
}
