import type { Known } from '../../src/hand-out/row-memory.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { NOW_MS } from '../fixtures.ts';

/** What an instance knows that has read this row at `NOW_MS`, and none before. */
export function knownOf(row: TokenRow | undefined, overrides: Partial<Known> = {}): Known {
  return {
    stored: row && { row, etag: '"1"' },
    storeAnswers: true,
    readAtMs: NOW_MS,
    lastHeld: row?.tokens.state === 'held' ? row : undefined,
    ...overrides,
  };
}
