import { StoreError, type StoredRow, type TokenRow, type TokenStore } from '../../src/store/token-store.ts';

/** What happens to one write. */
export type StoreFault =
  /** Written, but the answer is lost. */
  | 'lost-answer'
  /** Not written, and there is no answer. */
  | 'no-answer'
  /** Another writer changes the row first. */
  | 'changed-before';

export type MemoryStore = TokenStore & {
  /** The faults of the next writes, in order; `undefined`: none. */
  readonly writeFaults: (StoreFault | undefined)[];
  /** While true, the store does not answer. */
  down: boolean;
  readonly reads: () => number;
  readonly writes: () => number;
  /** The row as it is, for assertions. */
  peek(account?: string): TokenRow | undefined;
  /** Deletes the row, as an operator might. */
  forget(account: string): void;
};

/** The token store's contract in memory; it passes the same suite as Azure Table Storage. */
export function createMemoryStore(): MemoryStore {
  const rows = new Map<string, StoredRow>();
  const writeFaults: (StoreFault | undefined)[] = [];
  let version = 0;
  let reads = 0;
  let writes = 0;
  const put = (row: TokenRow): string => {
    version += 1;
    const etag = `"${version}"`;
    rows.set(row.account, { row: structuredClone(row), etag });
    return etag;
  };
  const store: MemoryStore = {
    writeFaults,
    down: false,
    reads: () => reads,
    writes: () => writes,
    peek: (account = 'default') => structuredClone(rows.get(account)?.row),
    forget: (account) => void rows.delete(account),
    async read(account) {
      reads += 1;
      if (store.down) throw new StoreError('The token table cannot be read', 'store_unreachable');
      return structuredClone(rows.get(account));
    },
    async write(row, etag) {
      writes += 1;
      if (store.down) return { result: 'unknown', code: 'store_unreachable' };
      const fault = writeFaults.shift();
      if (fault === 'no-answer') return { result: 'unknown', code: 'store_timed_out' };
      const before = rows.get(row.account);
      if (fault === 'changed-before' && before) put(before.row);
      if (rows.get(row.account)?.etag !== etag) return { result: 'conflict' };
      const written = put(row);
      return fault === 'lost-answer'
        ? { result: 'unknown', code: 'store_timed_out' }
        : { result: 'written', etag: written };
    },
  };
  return store;
}
