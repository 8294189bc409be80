/**
 * The token store's contract: one row per account, and every write is conditional.
 * Backends: Azure Table Storage (`azure-table.ts`). Every backend passes the same contract suite.
 */
import type { TokenSet } from '../quartile/token-set.ts';
import type { Trigger } from '../telemetry/events.ts';

export type RotationKind = 'login' | 'refresh';

export type TokenPair = Pick<TokenSet, 'accessToken' | 'accessExpiresAtMs' | 'refreshToken' | 'refreshExpiresAtMs'>;

/** Encrypted columns, by name, as they stand in the table. */
export type SealedColumns = Readonly<Record<string, string>>;

/** The pair that a row holds. */
export type StoredTokens =
  /** The row was claimed, but its first rotation has not succeeded yet. */
  | { readonly state: 'none' }
  /**
   * `sealed`: the pair as it was read; it is written back unchanged. A pair that is not saved yet has none, and may have
   * the `rest` of the response, for `jsonData`.
   */
  | { readonly state: 'held'; readonly set: TokenPair & { readonly rest?: unknown }; readonly sealed?: SealedColumns }
  /** There are tokens, but they cannot be decrypted. They are kept until a login replaces them. */
  | { readonly state: 'unreadable'; readonly reason: UnreadableReason; readonly sealed: SealedColumns };

export type UnreadableReason =
  /** Plain text, or a format that is not ours. */
  | 'not_sealed'
  /** The key that they name is not in the key ring. */
  | 'unknown_key'
  /** They were edited, moved from another account, or replaced by an older ciphertext. */
  | 'not_authentic'
  /** They are missing; or their content, or a column that decides about them, is not what we write. */
  | 'damaged';

export type TokenRow = {
  readonly account: string;
  /** Counts rotations: 0 before the first, then one more with each. */
  readonly generation: number;
  readonly tokens: StoredTokens;
  /** How the current pair was received, when it was saved, and what triggered the attempt. */
  readonly source: RotationKind | undefined;
  readonly refreshedAtMs: number | undefined;
  readonly trigger: Trigger | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Set while a worker rotates. It ends by itself, so a dead worker blocks nothing for long. */
  readonly lease: Lease | undefined;
  /** The attempt that runs, or the last one. */
  readonly attempt: { readonly kind: RotationKind; readonly startedAtMs: number } | undefined;
  /**
   * SHA-256 (hex) of a refresh token that was sent, or was about to be sent: it must not be sent again. Empty if the
   * column is damaged; the tokens then count as unreadable.
   */
  readonly spentRefreshToken: string | undefined;
  readonly consecutiveFailures: number;
  readonly lastFailureCode: string | undefined;
  /** Callers start no attempt before this time. */
  readonly nextAttemptAtMs: number | undefined;
  /** No attempt starts before this time: Quartile sent `Retry-After`. */
  readonly retryAfterUntilMs: number | undefined;
  /** When a caller last started a login to replace unreadable tokens. */
  readonly unreadableReplacedAtMs: number | undefined;
  /** Set while Quartile refuses our credentials. */
  readonly loginBreaker: LoginBreaker | undefined;
  /** When the timer last checked, as far as it recorded that. */
  readonly lastCheckAtMs: number | undefined;
  /** The last attempts, the oldest first. */
  readonly history: readonly PastAttempt[];
  /** New with every write: after a lost answer it tells whether the write happened. */
  readonly writeId: string;
};

export type Lease = { readonly id: string; readonly expiresAtMs: number };

export type LoginBreaker = {
  /** How often in a row. */
  readonly refusals: number;
  readonly code: string;
  readonly nextLoginAtMs: number;
  /** Identifies the refused credentials without revealing them. For other credentials the breaker is closed. */
  readonly fingerprint: string;
};

export type PastAttempt = {
  /** When it started. */
  readonly atMs: number;
  readonly trigger: string;
  readonly kind: RotationKind;
  /** `done`, or a failure code. */
  readonly outcome: string;
  /** Its duration in milliseconds. */
  readonly ms: number;
};

/** How many attempts a row remembers. */
export const HISTORY_LENGTH = 48;

export type StoredRow = { readonly row: TokenRow; readonly etag: string };

export type WriteResult =
  | { readonly result: 'written'; readonly etag: string }
  /** Not written: the row is no longer, or not yet, the one that was read. */
  | { readonly result: 'conflict' }
  /** The store did not answer: the write may or may not have happened. */
  | { readonly result: 'unknown'; readonly code: StoreErrorCode };

export type TokenStore = {
  /**
   * @param timeoutMs how long to wait for the store; 5 s by default
   * @returns the row of `account`, or `undefined` if there is no such row, or no table
   * @throws {StoreError} if the store cannot be read. An unreachable store is never "nothing there".
   */
  read(account: string, timeoutMs?: number): Promise<StoredRow | undefined>;
  /**
   * Writes the whole row: inserts it if `etag` is undefined, else replaces the row that still has this ETag.
   *
   * @throws {StoreError} if the store refused the write for a reason that a retry does not remove
   */
  write(row: TokenRow, etag: string | undefined, timeoutMs?: number): Promise<WriteResult>;
};

export type StoreErrorCode =
  /** No answer in time. */
  | 'store_timed_out'
  /** No connection, or it broke. */
  | 'store_unreachable'
  /** 401 or 403: a missing role, a wrong key, a firewall. */
  | 'store_access_denied'
  /** Any other 4xx. */
  | 'store_refused'
  /** 429, 5xx, or an answer that is not one of the table service. */
  | 'store_failed';

/** The store cannot be used. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** The storage service's own error code, or Node's; for the log. */
  readonly detail: string;

  constructor(message: string, code: StoreErrorCode, detail: string = code) {
    super(`${message} (${detail})`);
    this.code = code;
    this.detail = detail;
  }
}
