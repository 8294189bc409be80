import {
  StoreError,
  type StoreErrorCode,
  type StoredRow,
  type TokenRow,
  type TokenStore,
  type WriteResult,
} from '../store/token-store.ts';

export type RowWrite =
  | { readonly result: 'written'; readonly stored: StoredRow }
  /** Not written. `found` is the row as it is instead. */
  | { readonly result: 'lost'; readonly found: StoredRow | undefined }
  /** The outcome is unknown: the store answered neither the write nor the read that followed it. */
  | { readonly result: 'unknown'; readonly code: StoreErrorCode };

/**
 * Writes a row once, and finds out whether that happened. A conflict does not prove the opposite: the write may have
 * happened and its answer been lost. So everything but a plain success is followed by a read of the row: our `writeId` in
 * it means that the write happened.
 *
 * Never throws for what the store does.
 */
export async function writeRow(store: TokenStore, row: TokenRow, etag: string | undefined): Promise<RowWrite> {
  try {
    const write = await store.write(row, etag);
    if (write.result === 'written') return { result: 'written', stored: { row, etag: write.etag } };
    const found = await readAfter(store, row, write);
    if (found?.row.writeId === row.writeId) return { result: 'written', stored: found };
    // The row is still the one that was read: a slow store may yet write ours.
    if (write.result === 'unknown' && found?.etag === etag) return { result: 'unknown', code: write.code };
    return { result: 'lost', found };
  } catch (error) {
    if (error instanceof StoreError) return { result: 'unknown', code: error.code };
    throw error;
  }
}

/** Reads the row again. If that fails too, the code of the write says more. */
async function readAfter(
  store: TokenStore,
  row: TokenRow,
  write: Exclude<WriteResult, { result: 'written' }>,
): Promise<StoredRow | undefined> {
  try {
    return await store.read(row.account);
  } catch (error) {
    if (error instanceof StoreError && write.result === 'unknown') {
      throw new StoreError(error.message, write.code, error.detail);
    }
    throw error;
  }
}
