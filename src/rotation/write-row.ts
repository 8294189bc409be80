import { StoreError, type StoredRow, type TokenRow, type TokenStore } from '../store/token-store.ts';

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
  let code = 'Conflict';
  try {
    const write = await store.write(row, etag);
    if (write.result === 'written') return { result: 'written', stored: { row, etag: write.etag } };
    if (write.result === 'unknown') code = write.code;
    const found = await store.read(row.account);
    return found?.row.writeId === row.writeId ? { result: 'written', stored: found } : { result: 'lost', found };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { result: 'unknown', code: code === 'Conflict' ? error.code : code };
  }
}
