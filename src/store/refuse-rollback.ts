import type { StoredTokens, TokenRow, TokenStore } from './token-store.ts';

export type GuardedStore = TokenStore & {
  /** The generation of the newest pair that this process has seen, 0 where it has seen none. */
  readonly generationSeen: (account: string) => number;
};

/** The newest pair that was seen. */
type Seen = { readonly generation: number; readonly refreshExpiresAtMs: number };

/**
 * A token store that does not believe a whole row of the past: its seal is good, so that only who has seen a later one
 * can tell that it was put back. Its tokens count as unreadable; the row itself stays as it is until a login replaces it.
 *
 * Of the past is a pair of an earlier generation that does not end later than the one seen. Where the row was deleted
 * and made anew by another instance, generations start again, but the new pair ends later: that one is believed. Only
 * what could be opened is remembered: the generation of other rows is whatever somebody wrote there.
 */
export function refuseRollback(store: TokenStore): GuardedStore {
  const newest = new Map<string, Seen>();
  const remember = ({ account, generation, tokens }: TokenRow) => {
    if (tokens.state !== 'held') return;
    const pair = { generation, refreshExpiresAtMs: tokens.set.refreshExpiresAtMs };
    if (!isOfThePast(pair, newest.get(account))) newest.set(account, pair);
  };
  return {
    async read(account) {
      const seen = newest.get(account); // before the read: what is saved while it runs need not show in it
      const found = await store.read(account);
      if (!found) return undefined;
      const tokens = judge(found.row, seen);
      if (tokens === found.row.tokens) remember(found.row);
      return { ...found, row: { ...found.row, tokens } };
    },
    async write(row, etag) {
      const write = await store.write(row, etag);
      if (write.result === 'written') remember(row);
      return write;
    },
    generationSeen: (account) => newest.get(account)?.generation ?? 0,
  };
}

function judge({ generation, tokens }: TokenRow, seen: Seen | undefined): StoredTokens {
  if (tokens.state !== 'held') return tokens;
  const { refreshExpiresAtMs } = tokens.set;
  if (!isOfThePast({ generation, refreshExpiresAtMs }, seen)) return tokens;
  return { state: 'unreadable', reason: 'rolled_back', set: tokens.set };
}

function isOfThePast(pair: Seen, seen: Seen | undefined): boolean {
  return seen !== undefined && pair.generation < seen.generation && pair.refreshExpiresAtMs <= seen.refreshExpiresAtMs;
}
