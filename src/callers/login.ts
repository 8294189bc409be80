/** The use cases of the auth routes: a secret for a pair of our own tokens, and a refresh token for an access token. */
import { err, ok, type Result } from '../result.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import { StoreError } from '../store/token-store.ts';
import type { LogEvent } from '../telemetry/log.ts';
import { type CallerStore, isCallerName, type StoredCaller } from './caller-store.ts';
import { type Identity, issueToken, type TokenKind } from './caller-token.ts';
import { matchesSecret } from './client-secret.ts';

export type CallerParts = {
  readonly store: CallerStore;
  readonly keys: KeyRing;
  readonly accessLifeMs: number;
  readonly refreshLifeMs: number;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly logEvent: LogEvent;
};

export type Credentials = { readonly clientId: string; readonly clientSecret: string };

export type Access = { readonly accessToken: string; readonly accessLifeMs: number };

export type Login = Access & { readonly caller: string; readonly refreshToken: string };

/** `caller`: only if the name sent is an existing caller's, because anything else may be a secret. For the log only. */
export type RefusedLogin = { readonly caller: string | undefined };

/** The row key for every `client_id` that is not a valid name: no row has it, and the lookup takes as long as others. */
const NO_NAME = '-';

/** The shortest time between two records of a caller's last login: many logins at once would conflict. */
const RECORD_EVERY_MS = 60_000;

/**
 * Logs a caller in. An unknown name, a disabled caller, a damaged row and a wrong secret take the same steps and are
 * refused alike.
 *
 * The row is read again as the last step, so that a login cannot overtake an operator who disables the caller or rotates
 * its secret.
 *
 * @throws {StoreError} if the table cannot be read
 */
export async function logIn(
  parts: CallerParts,
  { clientId, clientSecret }: Credentials,
): Promise<Result<Login, RefusedLogin>> {
  const rowKey = isCallerName(clientId) ? clientId : NO_NAME;
  const admit = (found: StoredCaller | undefined) => {
    const matches = matchesSecret(clientSecret, found?.caller.secretHash);
    return found?.caller.disabled === false && matches ? found : undefined;
  };
  const found = await findCaller(parts, rowKey);
  const admitted = admit(found);
  if (admitted) await recordLogin(parts, admitted);
  const confirmed = admitted && admit(await findCaller(parts, rowKey));
  if (!confirmed) return err({ caller: found?.caller.name });
  const { name, credentialId } = confirmed.caller;
  const identity = { caller: name, credentialId };
  const [accessToken, refreshToken] = await Promise.all([
    issue(parts, identity, 'access'),
    issue(parts, identity, 'refresh'),
  ]);
  return ok({ caller: name, accessToken, refreshToken, accessLifeMs: parts.accessLifeMs });
}

/**
 * Renews a caller's access token. The table is read, so that an operator's changes since the login take effect.
 *
 * @param identity of a refresh token that was verified
 * @returns `undefined` if the caller is disabled, gone or damaged, or has a new secret
 * @throws {StoreError} if the table cannot be read
 */
export async function renewAccess(parts: CallerParts, identity: Identity): Promise<Access | undefined> {
  const found = await findCaller(parts, identity.caller);
  const { disabled, credentialId } = found?.caller ?? {};
  if (disabled !== false || credentialId !== identity.credentialId) return undefined;
  return { accessToken: await issue(parts, identity, 'access'), accessLifeMs: parts.accessLifeMs };
}

/** The caller in this row. A damaged row is logged and counts as none, so that an answer does not reveal the name. */
async function findCaller({ store, logEvent }: CallerParts, rowKey: string): Promise<StoredCaller | undefined> {
  const found = await store.read(rowKey);
  if (found !== 'damaged') return found;
  logEvent({ name: 'caller.row_damaged', caller: rowKey });
  return undefined;
}

/** Best effort: a failure keeps no caller out, and a change made since the row was read wins. */
async function recordLogin({ store, nowMs }: CallerParts, { caller, etag }: StoredCaller): Promise<void> {
  const now = nowMs();
  if (Math.abs(now - (caller.lastLoginAtMs ?? -Infinity)) < RECORD_EVERY_MS) return;
  try {
    await store.write({ ...caller, lastLoginAtMs: now }, etag);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

function issue(
  { keys, accessLifeMs, refreshLifeMs, nowMs, newId }: CallerParts,
  identity: Identity,
  kind: TokenKind,
): Promise<string> {
  const lifeMs = kind === 'access' ? accessLifeMs : refreshLifeMs;
  return issueToken(keys, { ...identity, kind }, { lifeMs, nowMs: nowMs(), tokenId: newId() });
}
