/**
 * The token store's contract: one row per account, and no write that is not conditional.
 * Backends: Azure Table Storage (`azure-table.ts`). Every backend passes the same contract suite.
 */
import type { TokenSet } from '../quartile/token-set.ts';

export type RotationKind = 'login' | 'refresh';

/** The pair that a row holds. A row without one was claimed, but its first rotation has not succeeded yet. */
export type StoredTokens =
  | { readonly state: 'none' }
  | { readonly state: 'held'; readonly set: TokenSet }
  /** There is something, and it cannot be read. Told apart from `none`, and kept until a login replaces it. */
  | {
      readonly state: 'unreadable';
      readonly reason: UnopenedReason;
      readonly columns: Readonly<Record<string, string>>;
    }
  /** It could be read, but the whole row is older than one that this process has seen. Kept in the same way. */
  | { readonly state: 'unreadable'; readonly reason: 'rolled_back'; readonly set: TokenSet };

export type UnreadableReason = UnopenedReason | 'rolled_back';

export type UnopenedReason =
  /** They lie in the clear, or in a format that is not ours. */
  | 'not_sealed'
  /** The key that they name is not in the ring. */
  | 'unknown_key'
  /** They were edited, moved from another account, or an older ciphertext was put back. */
  | 'not_authentic'
  /** They are gone; or what they opened to, or the columns that they cannot be judged without, is not what we write. */
  | 'damaged';

export type TokenRow = {
  readonly account: string;
  /** Counts rotations: 0 before the first, then up by one with each, and never down. */
  readonly generation: number;
  readonly tokens: StoredTokens;
  readonly source: RotationKind | undefined;
  readonly refreshedAtMs: number | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Set while a worker rotates. It ends by itself, so that a dead worker blocks nobody. */
  readonly lease: { readonly id: string; readonly expiresAtMs: number } | undefined;
  /** The attempt that runs, or the last one. */
  readonly attempt: { readonly kind: RotationKind; readonly startedAtMs: number } | undefined;
  /**
   * SHA-256 (hex) of a refresh token that was, or was about to be, sent: it must not be sent again. Empty where that is
   * damaged; the tokens count as unreadable then.
   */
  readonly spentRefreshToken: string | undefined;
  readonly consecutiveFailures: number;
  readonly lastFailureCode: string | undefined;
  /** Callers start no attempt before then. */
  readonly nextAttemptAtMs: number | undefined;
  /** Nobody starts one before then: Quartile asked for it with `Retry-After`. */
  readonly retryAfterUntilMs: number | undefined;
  /** When a caller last began a login to replace tokens that cannot be read. */
  readonly unreadableReplacedAtMs: number | undefined;
  /** Set while Quartile refuses our credentials. */
  readonly loginBreaker: LoginBreaker | undefined;
  /** When the timer last looked, as far as it wrote that down. */
  readonly lastCheckAtMs: number | undefined;
  /** The last attempts, the oldest first. */
  readonly history: readonly PastAttempt[];
  /** Fresh with every write: tells after a lost answer whether the write happened. */
  readonly writeId: string;
};

export type LoginBreaker = {
  /** How often in a row. */
  readonly refusals: number;
  readonly code: string;
  readonly nextLoginAtMs: number;
  /** Names the credentials that were refused, without telling them: with others there is no breaker. */
  readonly fingerprint: string;
};

export type PastAttempt = {
  /** When it started. */
  readonly atMs: number;
  readonly trigger: string;
  readonly kind: RotationKind;
  /** `done`, or the code of what went wrong. */
  readonly outcome: string;
  /** How long it took, in milliseconds. */
  readonly ms: number;
};

export type StoredRow = { readonly row: TokenRow; readonly etag: string };

export type WriteResult =
  | { readonly result: 'written'; readonly etag: string }
  /** Not written: the row is no longer, or not yet, the one that was read. */
  | { readonly result: 'conflict' }
  /** The store did not answer: it may or may not have been written. */
  | { readonly result: 'unknown'; readonly code: string };

export type TokenStore = {
  /**
   * @returns the row of `account`, or `undefined` where there is none (nor a table)
   * @throws {StoreError} when the store cannot be read. An unreachable store is never "nothing there".
   */
  read(account: string): Promise<StoredRow | undefined>;
  /**
   * Writes the whole row: inserts it where `etag` is undefined, else replaces the row that still has this ETag.
   *
   * @throws {StoreError} when the store refused the write for a reason that repeating it will not mend
   */
  write(row: TokenRow, etag: string | undefined): Promise<WriteResult>;
};

/** The store is broken or out of reach, or holds what we cannot read. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** The storage service's error code, or Node's. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(`${message} (${code})`);
    this.code = code;
  }
}
