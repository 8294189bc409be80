/**
 * What this instance knows about an account's row. All reads and writes of the table pass through here, so that it always
 * knows the latest. If the table does not answer, the last pair that was read stays as a fallback.
 */
import { StoreError, type StoredRow, type TokenRow, type TokenStore } from '../store/token-store.ts';

/** How long a failed read counts: until then the table is not read again for callers with a valid token. */
const STORE_RETRY_MS = 1_000;

export type Known = {
  /** The row as it was last read or written; `undefined` if the account has none, or none was ever read. */
  readonly stored: StoredRow | undefined;
  /** Whether the last read succeeded. */
  readonly storeAnswers: boolean;
  /** When the table was last read, or written; `undefined`: never. */
  readonly readAtMs: number | undefined;
  /** The last row with a pair that could be decrypted, though the table may hold none, or another, by now. */
  readonly lastHeld: TokenRow | undefined;
};

export type RowMemory = {
  /** The store, observed: what is read and written through it is remembered. */
  readonly store: TokenStore;
  /** What is known, however old. */
  recall(account: string): Known;
  /**
   * What is known, if it is recent enough to answer without reading the table; the table is then read in the background
   * before that time is over.
   *
   * @param maxAgeMs `CACHE_SECONDS` by default
   */
  fresh(account: string, maxAgeMs?: number): Known | undefined;
  /** Reads the table; concurrent callers share one read. Never throws for what the store does. */
  read(account: string): Promise<Known>;
  /** The highest generation of a pair that this process has seen; 0 if it has seen none. */
  readonly highestGeneration: (account: string) => number;
};

type Memory = Known & {
  /** When the read began that this comes from, by the monotonic clock. */
  readonly askedAtMs: number;
  /** The place of that read among all reads and writes of this process. */
  readonly sequence: number;
  readonly highestGeneration: number;
};

const NOTHING: Memory = {
  stored: undefined,
  storeAnswers: true,
  readAtMs: undefined,
  lastHeld: undefined,
  askedAtMs: -Infinity,
  sequence: 0,
  highestGeneration: 0,
};

export function createRowMemory({
  store,
  nowMs,
  steadyMs,
  cacheMs,
}: {
  readonly store: TokenStore;
  readonly nowMs: () => number;
  readonly steadyMs: () => number;
  readonly cacheMs: number;
}): RowMemory {
  const memories = new Map<string, Memory>();
  const reading = new Map<string, Promise<Known>>();
  let sequence = 0;

  const recall = (account: string): Memory => memories.get(account) ?? NOTHING;

  /** A read that began before what is known was read or written is dropped, unless it found a later generation. */
  const note = (account: string, asked: Pick<Memory, 'askedAtMs' | 'sequence'>, stored: StoredRow | undefined) => {
    const before = recall(account);
    const isLater = (stored?.row.generation ?? 0) > (before.stored?.row.generation ?? 0);
    if (asked.sequence < before.sequence && !isLater) return;
    const held = stored?.row.tokens.state === 'held' ? stored.row : undefined;
    memories.set(account, {
      ...asked,
      stored,
      storeAnswers: true,
      readAtMs: nowMs(),
      lastHeld: held ?? before.lastHeld,
      highestGeneration: Math.max(before.highestGeneration, held?.generation ?? 0),
    });
  };

  const watched: TokenStore = {
    async read(account, timeoutMs) {
      const asked = { askedAtMs: steadyMs(), sequence: (sequence += 1) };
      try {
        const stored = await store.read(account, timeoutMs);
        note(account, asked, stored);
        return stored;
      } catch (error) {
        const before = recall(account);
        // The sequence stays: a read that began earlier, and succeeds yet, still has news of the row.
        const { askedAtMs } = asked;
        if (asked.sequence > before.sequence) memories.set(account, { ...before, askedAtMs, storeAnswers: false });
        throw error;
      }
    },
    async write(row, etag, timeoutMs) {
      const write = await store.write(row, etag, timeoutMs);
      // A read that began after this write may have seen a later pair, and ended before this answer arrived.
      if (write.result === 'written' && row.generation >= (recall(row.account).stored?.row.generation ?? 0)) {
        note(row.account, { askedAtMs: steadyMs(), sequence: (sequence += 1) }, { row, etag: write.etag });
      }
      return write;
    },
  };

  const readAlone = async (account: string): Promise<Known> => {
    try {
      await watched.read(account);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
    return recall(account);
  };
  const readTogether = (account: string): Promise<Known> => {
    const shared = reading.get(account) ?? readAlone(account).finally(() => reading.delete(account));
    reading.set(account, shared);
    return shared;
  };
  // Without a cache, each caller needs a read that began after its request.
  const read = cacheMs === 0 ? readAlone : readTogether;

  return {
    store: watched,
    recall,
    fresh(account, maxAgeMs = cacheMs) {
      const known = recall(account);
      const ageMs = steadyMs() - known.askedAtMs;
      const longestMs = known.storeAnswers ? maxAgeMs : Math.min(maxAgeMs, STORE_RETRY_MS);
      if (ageMs >= longestMs) return undefined;
      if (known.storeAnswers && ageMs >= maxAgeMs / 2) read(account).catch(() => undefined); // the next read reports it
      return known;
    },
    read,
    highestGeneration: (account) => recall(account).highestGeneration,
  };
}

/** The row that can be served: as it is in the table, but with the last known pair if it holds none that can be read. */
export function servable({ stored, lastHeld }: Pick<Known, 'stored' | 'lastHeld'>): TokenRow | undefined {
  const row = stored?.row;
  if (!row || !lastHeld || row.tokens.state === 'held') return row ?? lastHeld;
  const { tokens, generation, source, refreshedAtMs, trigger } = lastHeld;
  return { ...row, tokens, generation, source, refreshedAtMs, trigger };
}
