/**
 * The contract of the callers' table: who may log in. Every write is conditional. Only an operator deletes without
 * having read the row: removing a caller means whatever the row contains.
 * Backends: Azure Table Storage (`azure-callers.ts`). Every backend passes the same contract suite.
 */
import type { WriteResult } from '../store/token-store.ts';

/** Names appear in row keys, JWTs and logs: only characters that need no escape anywhere. */
export const CALLER_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Whether a caller can have this name. */
export function isCallerName(text: string): boolean {
  return CALLER_NAME.test(text);
}

export type Caller = {
  readonly name: string;
  /** The hash of the secret. */
  readonly secretHash: string;
  /** Identifies the secret, and is replaced with it: refresh tokens of an older secret are refused. */
  readonly credentialId: string;
  readonly createdAtMs: number;
  readonly disabled: boolean;
  /** Recorded once a minute at most. */
  readonly lastLoginAtMs: number | undefined;
};

export type StoredCaller = { readonly caller: Caller; readonly etag: string };

/** All rows of the callers' table. */
export type CallerList = {
  /** Sorted by name. */
  readonly callers: readonly Caller[];
  /** The keys of damaged rows, which let no caller in. A key may not be a valid name. */
  readonly damaged: readonly string[];
};

/** Each of these throws {StoreError} if the table cannot be read or refuses the request, or does not answer in time. */
export type CallerStore = {
  /** @returns the caller in this row, or `undefined` if there is no such row, or no table */
  read(rowKey: string): Promise<StoredCaller | 'damaged' | undefined>;
  list(): Promise<CallerList>;
  /** Inserts the caller if `etag` is undefined; otherwise replaces the row that still has this ETag. */
  write(caller: Caller, etag: string | undefined): Promise<WriteResult>;
  /** Deletes the caller, whatever the row contains. @returns whether there was a row */
  remove(name: string): Promise<boolean>;
};
