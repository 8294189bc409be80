/** The use case of a renewal: a refresh token for an access token of the same caller. */
import { StoreError } from '../store/token-store.ts';
import type { Identity } from './caller-token.ts';
import { findCaller } from './find-caller.ts';
import { issue, type LoginParts } from './login.ts';

export type Renewal =
  | { readonly result: 'renewed'; readonly accessToken: string; readonly accessLifeMs: number }
  /** The caller is disabled or gone, its row is damaged, or it has got another secret since. */
  | { readonly result: 'refused' }
  | { readonly result: 'store-unavailable'; readonly code: string };

/**
 * Renews a caller's access. Here, once per life of an access token, the table has its say: what an operator has changed
 * since the login counts.
 *
 * @param identity of a refresh token that was verified
 */
export async function renewAccess(parts: LoginParts, identity: Identity): Promise<Renewal> {
  try {
    const stored = await findCaller(parts, identity.caller);
    const { disabled, credentialId } = stored?.caller ?? {};
    if (disabled !== false || credentialId !== identity.credentialId) return { result: 'refused' };
    const accessToken = await issue(parts, identity, 'access');
    return { result: 'renewed', accessToken, accessLifeMs: parts.accessLifeMs };
  } catch (error) {
    if (error instanceof StoreError) return { result: 'store-unavailable', code: error.code };
    throw error;
  }
}
