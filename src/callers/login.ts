/** The use case of a login: a name and its secret for a pair of tokens of our own. */
import type { KeyRing } from '../settings/key-ring.ts';
import { StoreError } from '../store/token-store.ts';
import type { TelemetryEvent } from '../telemetry/events.ts';
import { callerRowKey } from './caller-name.ts';
import type { CallerStore, StoredCaller } from './caller-store.ts';
import { type Identity, issueToken, type TokenKind } from './caller-token.ts';
import { DECOY_HASH, matchesSecret } from './client-secret.ts';
import { countFailure } from './count-failure.ts';
import { findCaller } from './find-caller.ts';
import type { LoginQueue } from './login-queue.ts';
import { failureRowsOf, waitMs } from './login-throttle.ts';

export type LoginParts = {
  readonly store: CallerStore;
  readonly keys: KeyRing;
  readonly accessLifeMs: number;
  readonly refreshLifeMs: number;
  readonly nowMs: () => number;
  readonly newId: () => string;
  readonly logEvent: (event: TelemetryEvent) => void;
  readonly queue: LoginQueue;
};

export type Credentials = { readonly clientId: string; readonly clientSecret: string };

export type Login =
  | {
      readonly result: 'logged-in';
      readonly caller: string;
      readonly accessToken: string;
      readonly refreshToken: string;
      readonly accessLifeMs: number;
    }
  /** `caller` only where somebody is called so: for the log, not for the answer. */
  | { readonly result: 'refused'; readonly caller: string | undefined }
  | { readonly result: 'throttled'; readonly caller: string | undefined; readonly waitMs: number }
  /** Too many log in at once, whatever their names and secrets. */
  | { readonly result: 'crowded' }
  | { readonly result: 'store-unavailable'; readonly code: string };

/** When a caller last logged in is noted this often: a crowd that logs in together would get into its own way. */
const NOTE_EVERY_MS = 60_000;

/**
 * Logs a caller in. A name that nobody has, one that is disabled, one whose row is damaged, and a wrong secret take the
 * same way and get the same answer. While the caller's own failures make wait, a right secret is told the same as a wrong one.
 *
 * Whether there is room for one more login is decided before anything is read. Never throws for what the store does.
 */
export async function logIn(parts: LoginParts, credentials: Credentials): Promise<Login> {
  try {
    return (await parts.queue.admit(() => tryLogin(parts, credentials))) ?? { result: 'crowded' };
  } catch (error) {
    if (error instanceof StoreError) return { result: 'store-unavailable', code: error.code };
    throw error;
  }
}

async function tryLogin(parts: LoginParts, { clientId, clientSecret }: Credentials): Promise<Login> {
  const { store, nowMs, queue } = parts;
  const found = await findCaller(parts, callerRowKey(clientId));
  const admitted = found?.caller.disabled === false ? found : undefined;
  const rows = failureRowsOf(clientId, admitted !== undefined);
  const kept = admitted?.caller.secretHash ?? DECOY_HASH;
  const matches = await queue.inTurn(() => matchesSecret(clientSecret, kept));
  // Read after the secret was checked, which takes longest: of many guesses at once only the first find it open.
  const own = await store.readFailures(rows.own);
  const ownWaitMs = waitMs(own.timesMs, nowMs());
  if (admitted && matches && ownWaitMs === 0) {
    // As they were read: one that is counted meanwhile stays.
    if (own.timesMs.length > 0) await unlessStoreFails(store.forgetFailures(rows.own, own.etag));
    return succeed(parts, admitted);
  }
  // The slot's wait is the longer one, but where an operator has emptied the slot for another caller who shares it.
  const leftMs = Math.max(ownWaitMs, await countFailure({ store, nowMs }, rows));
  const caller = found?.caller.name;
  return leftMs > 0 ? { result: 'throttled', caller, waitMs: leftMs } : { result: 'refused', caller };
}

async function succeed(parts: LoginParts, stored: StoredCaller): Promise<Login> {
  const { name, credentialId } = stored.caller;
  await noteLogin(parts, stored);
  const identity = { caller: name, credentialId };
  const [accessToken, refreshToken] = await Promise.all([
    issue(parts, identity, 'access'),
    issue(parts, identity, 'refresh'),
  ]);
  return { result: 'logged-in', caller: name, accessToken, refreshToken, accessLifeMs: parts.accessLifeMs };
}

/** A token for a caller who has just proven who it is. */
export function issue(
  { keys, accessLifeMs, refreshLifeMs, nowMs, newId }: LoginParts,
  identity: Identity,
  kind: TokenKind,
): Promise<string> {
  const lifeMs = kind === 'access' ? accessLifeMs : refreshLifeMs;
  return issueToken(keys, { ...identity, kind }, { lifeMs, nowMs: nowMs(), tokenId: newId() });
}

/** Best effort: nobody is kept out because it could not be noted, and whoever changed the row meanwhile wins. */
async function noteLogin({ store, nowMs }: LoginParts, { caller, etag }: StoredCaller): Promise<void> {
  const now = nowMs();
  if (Math.abs(now - (caller.lastLoginAtMs ?? -Infinity)) < NOTE_EVERY_MS) return;
  await unlessStoreFails(store.write({ ...caller, lastLoginAtMs: now }, etag));
}

async function unlessStoreFails(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
