import type { StoredTokens, TokenRow, TokenStore } from './token-store.ts';

/**
 * A token store that does not believe a whole row of an earlier generation than this process has seen: its seal is good,
 * so that only memory tells that it was put back. Such a row counts as one whose tokens cannot be read. Whatever is in it,
 * it counts as one of the generation remembered, so that the generation never goes down.
 *
 * Only pairs that could be opened are remembered: the generation of others is whatever somebody wrote there. A row that
 * was deleted and made anew by another instance is refused, too: it costs one login.
 */
export function refuseRollback(store: TokenStore): TokenStore {
  const seen = new Map<string, number>();
  const remember = ({ account, generation, tokens }: TokenRow) => {
    if (tokens.state === 'held') seen.set(account, Math.max(generation, seen.get(account) ?? 0));
  };
  return {
    async read(account) {
      // Before the read: what is saved while it runs need not show in it.
      const generation = seen.get(account) ?? 0;
      const found = await store.read(account);
      if (found && found.row.generation < generation) {
        return { ...found, row: { ...found.row, generation, tokens: refused(found.row.tokens) } };
      }
      if (found) remember(found.row);
      return found;
    },
    async write(row, etag) {
      const write = await store.write(row, etag);
      if (write.result === 'written') remember(row);
      return write;
    },
  };
}

/** An old pair is spent: there is nothing to keep of it. */
function refused(tokens: StoredTokens): StoredTokens {
  return tokens.state === 'held' ? { state: 'unreadable', reason: 'rolled_back', columns: {} } : tokens;
}
