import type { Known } from '../../src/hand-out/row-memory.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { NOW_MS } from '../fixtures.ts';

/** What an instance knows that has read this row at `NOW_MS`, and none before. */
export function knownOf(row: TokenRow | undefined, overrides: Partial<Known> = {}): Known {
  return {
    row,
    storeAnswers: true,
    readAtMs: NOW_MS,
    unopened: row?.tokens.state === 'unreadable' ? row.tokens : undefined,
    lastHeld: row?.tokens.state === 'held' ? row : undefined,
    ...overrides,
  };
}
