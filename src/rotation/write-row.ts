import { StoreError, type StoredRow, type TokenRow, type TokenStore, type WriteResult } from '../store/token-store.ts';

export type RowWrite =
  | { readonly result: 'written'; readonly stored: StoredRow }
  /** Not written. `found` is the row that stands there instead. */
  | { readonly result: 'lost'; readonly found: StoredRow | undefined }
  /** Nobody can say: the store answered neither the write nor the read that asked what became of it. */
  | { readonly result: 'unknown'; readonly code: string };

/**
 * Writes a row once, and finds out whether that happened. A conflict is no proof that it did not: the write may have
 * happened, its answer lost, and a repetition of it below us been refused. So whatever is not a plain success is
 * answered by reading the row again: our `writeId` in it means that it happened.
 *
 * Never throws for what the store does.
 */
export async function writeRow(store: TokenStore, row: TokenRow, etag: string | undefined): Promise<RowWrite> {
  try {
    const write = await store.write(row, etag);
    if (write.result === 'written') return { result: 'written', stored: { row, etag: write.etag } };
    const found = await findAfter(store, row, write);
    if (found?.row.writeId === row.writeId) return { result: 'written', stored: found };
    // Still the row that was read: not lost to anyone, and a slow store may yet do it.
    if (write.result === 'unknown' && found?.etag === etag) return { result: 'unknown', code: write.code };
    return { result: 'lost', found };
  } catch (error) {
    if (error instanceof StoreError) return { result: 'unknown', code: error.code };
    throw error;
  }
}

/** Reads the row again. Where even that fails, the write's own failure says more. */
async function findAfter(
  store: TokenStore,
  row: TokenRow,
  write: Exclude<WriteResult, { result: 'written' }>,
): Promise<StoredRow | undefined> {
  try {
    return await store.read(row.account);
  } catch (error) {
    if (error instanceof StoreError && write.result === 'unknown') throw new StoreError(error.message, write.code);
    throw error;
  }
}
