/**
 * What this instance knows of an account's row. A caller is answered from here without looking at the table for as long
 * as the settings allow, and 1 s at most while a rotation is due or running. The table is looked at again in the
 * background before that time is over, so that callers do not wait for it. When it is out of reach, the last row read
 * stays as a fallback.
 */
import { accessLifeMs, leaseHolds } from '../rotation/decide.ts';
import { type StoredTokens, StoreError, type TokenRow, type TokenStore } from '../store/token-store.ts';

/** The longest time without a look while a rotation is due or running. */
const RESTLESS_MS = 1_000;

/** After this part of the time allowed the table is looked at in the background. */
const RENEW_AFTER = 0.5;

export type Known = {
  /** `undefined`: the account has no row, or none was ever read. */
  readonly row: TokenRow | undefined;
  /** Whether the table could be read; if not, `row` is what was read last. */
  readonly storeAnswers: boolean;
  /** When the table was last read, or written; `undefined`: never. */
  readonly readAtMs: number | undefined;
  /** The row's tokens as they stand in the table, where they do not open; `row` then carries the last pair that did. */
  readonly unopened: UnreadableTokens | undefined;
  /** The last row with a pair, as it was read, though none or another may stand in the table by now. */
  readonly lastHeld: TokenRow | undefined;
};

export type UnreadableTokens = Extract<StoredTokens, { readonly state: 'unreadable' }>;

export type RowMemory = {
  /** The row as it may be answered without looking, or `undefined` where the table has to be looked at. */
  fresh(account: string): Known | undefined;
  /** Looks at the table, many callers together. Never throws for what the store does. */
  look(account: string): Promise<Known>;
  /** For whoever needs no token: as old as callers may have it, or a second; else from a look that all share. */
  glance(account: string): Promise<Known>;
  /** What is known, however old. */
  recall(account: string): Known;
  /** Called before the table is read elsewhere in this process; what it returns is to be told what was found. */
  observe(account: string): (row: TokenRow | undefined) => void;
  /** The row as it stands in the table, where that was looked at so lately that it counts while a rotation is due. */
  lately(account: string): TokenRow | undefined;
  /** A row that this process has just written. */
  remember(row: TokenRow): void;
};

type Memory = {
  row: TokenRow | undefined;
  /** As it was read, whether or not its tokens could be. */
  stored: TokenRow | undefined;
  lastHeld: TokenRow | undefined;
  /** When the table was looked at, and whether it answered. */
  lookedAtMs: number;
  storeAnswers: boolean;
  readAtMs: number | undefined;
  unopened: UnreadableTokens | undefined;
  /** When the look that this comes from began, and when it ended, in the order of this process's looks. */
  began: number;
  ended: number;
  looking: Promise<Known> | undefined;
};

export function createRowMemory({
  store,
  nowMs,
  cacheMs,
  marginMs,
}: {
  readonly store: TokenStore;
  readonly nowMs: () => number;
  readonly cacheMs: number;
  readonly marginMs: number;
}): RowMemory {
  const memories = new Map<string, Memory>();
  let order = 0;

  const memoryOf = (account: string): Memory => {
    const known = memories.get(account);
    if (known) return known;
    const none: Memory = {
      row: undefined,
      stored: undefined,
      lastHeld: undefined,
      lookedAtMs: -Infinity,
      storeAnswers: true,
      readAtMs: undefined,
      unopened: undefined,
      began: 0,
      ended: 0,
      looking: undefined,
    };
    memories.set(account, none);
    return none;
  };

  const observe = (account: string) => {
    const memory = memoryOf(account);
    const began = (order += 1);
    const lookedAtMs = nowMs();
    return {
      found(row: TokenRow | undefined) {
        if (!isNews(memory, row, began)) return;
        const unopened = row?.tokens.state === 'unreadable' ? row.tokens : undefined;
        const kept = unopened ? withLastPair({ row, lastHeld: memory.lastHeld }) : row;
        if (row?.tokens.state === 'held') memory.lastHeld = row;
        const told = { row: kept, stored: row, unopened, storeAnswers: true, lookedAtMs, readAtMs: lookedAtMs };
        Object.assign(memory, { ...told, began, ended: (order += 1) });
      },
      /** That nothing could be read is no news of the row: an earlier look that ends later still has some. */
      failed() {
        if (began > memory.ended) Object.assign(memory, { lookedAtMs: nowMs(), storeAnswers: false });
      },
    };
  };

  const recall = (account: string): Known => {
    const { row, storeAnswers, readAtMs, unopened, lastHeld } = memoryOf(account);
    return { row, storeAnswers, readAtMs, unopened, lastHeld };
  };

  const lookAlone = async (account: string): Promise<Known> => {
    const observed = observe(account);
    try {
      observed.found((await store.read(account))?.row);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      observed.failed();
    }
    return recall(account);
  };

  const lookTogether = (account: string): Promise<Known> => {
    const memory = memoryOf(account);
    memory.looking ??= lookAlone(account).finally(() => (memory.looking = undefined));
    return memory.looking;
  };

  // Without a cache each caller wants a look that began after it had asked.
  const look = cacheMs === 0 ? lookAlone : lookTogether;

  const restlessMs = Math.min(RESTLESS_MS, cacheMs);
  const allowedMs = ({ row, storeAnswers }: Memory): number => {
    const now = nowMs();
    const restless = !storeAnswers || !row || leaseHolds(row, now) || accessLifeMs(row, now) <= marginMs;
    return restless ? restlessMs : cacheMs;
  };
  // A clock that was set back must not keep a row for ever.
  const ageMs = ({ lookedAtMs }: Memory): number => Math.abs(nowMs() - lookedAtMs);

  const fresh = (account: string): Known | undefined => {
    const memory = memoryOf(account);
    const [age, allowed] = [ageMs(memory), allowedMs(memory)];
    if (age >= allowed) return undefined;
    // What goes wrong here is not lost: the next look is in the foreground.
    if (age >= allowed * RENEW_AFTER) look(account).catch(() => undefined);
    return recall(account);
  };

  return {
    fresh,
    look,
    async glance(account) {
      return fresh(account) ?? (ageMs(memoryOf(account)) < RESTLESS_MS ? recall(account) : lookTogether(account));
    },
    recall,
    observe(account) {
      const observed = observe(account);
      return (row) => observed.found(row);
    },
    lately(account) {
      const memory = memoryOf(account);
      return memory.storeAnswers && ageMs(memory) < restlessMs ? memory.stored : undefined;
    },
    remember(row) {
      // A look that began after the write, and ended before its answer came, may know of a later one.
      if (row.generation >= (memoryOf(row.account).row?.generation ?? 0)) observe(row.account).found(row);
    },
  };
}

/** The row as it stands in the table, but with the last pair that could be read, where it holds none that can. */
export function withLastPair({ row, lastHeld }: Pick<Known, 'row' | 'lastHeld'>): TokenRow | undefined {
  if (!row || !lastHeld || row.tokens.state === 'held') return row ?? lastHeld;
  const { tokens, generation, source, refreshedAtMs } = lastHeld;
  return { ...row, tokens, generation, source, refreshedAtMs };
}

/**
 * Whether a look that began at `began` tells more than is known. Looks overtake each other on their way, so that only
 * one that began after the known one had ended is sure to. Otherwise the higher generation is the later one.
 */
function isNews(known: Memory, row: TokenRow | undefined, began: number): boolean {
  if (began > known.ended) return true;
  const [before, now] = [known.row?.generation ?? -1, row?.generation ?? -1];
  return now > before || (now === before && began > known.began);
}
