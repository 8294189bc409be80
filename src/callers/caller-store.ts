/**
 * The contract of the callers' table: who may log in, and which logins failed. What is written is written over what was
 * read, and over nothing else. Only an operator deletes without having read: whoever removes a caller, or forgets its
 * failures, means whatever is there.
 * Backends: Azure Table Storage (`azure-callers.ts`). Every backend passes the same contract suite.
 */
import type { WriteResult } from '../store/token-store.ts';

export type Caller = {
  readonly name: string;
  /** What is kept of the secret. */
  readonly secretHash: string;
  /** Names the secret, and is replaced together with it: refresh tokens of an older one are over. */
  readonly credentialId: string;
  readonly createdAtMs: number;
  readonly disabled: boolean;
  /** As far as it was noted: once a minute at most. */
  readonly lastLoginAtMs: number | undefined;
};

export type StoredCaller = { readonly caller: Caller; readonly etag: string };

/** All that the table holds of callers. */
export type CallerList = {
  /** By name. */
  readonly callers: readonly Caller[];
  /** The keys of rows that are damaged: nobody logs in by them. They may be no names. */
  readonly damaged: readonly string[];
};

/** When logins failed, as far as they count. No ETag where there is no such row yet. */
export type StoredFailures = { readonly timesMs: readonly number[]; readonly etag: string | undefined };

/** Every one of them throws {StoreError} when the table cannot be read, or refuses what is asked. */
export type CallerStore = {
  /** @returns the caller in this row, or `undefined` where there is none (nor a table) */
  read(rowKey: string): Promise<StoredCaller | 'damaged' | undefined>;
  list(): Promise<CallerList>;
  /** Inserts the caller where `etag` is undefined, else replaces the one that still has this ETag. */
  write(caller: Caller, etag: string | undefined): Promise<WriteResult>;
  /** Deletes the caller, whatever the row holds. @returns whether there was one */
  remove(name: string): Promise<boolean>;
  readFailures(row: string): Promise<StoredFailures>;
  /** As `write`. */
  writeFailures(row: string, timesMs: readonly number[], etag: string | undefined): Promise<WriteResult>;
  /** Deletes the row, if there is one; where `etag` is given, only if it still has this ETag. */
  forgetFailures(row: string, etag?: string): Promise<void>;
};
