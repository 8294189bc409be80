/** What is known of tokens that do not open. Pure: no I/O, no clock. */
import type { Known } from '../hand-out/row-memory.ts';
import { sealedUnder } from '../store/sealed-column.ts';
import type { UnreadableReason } from '../store/token-store.ts';

export type Unreadable = {
  readonly reason: UnreadableReason;
  /** The key that they want, where that is not in the ring. */
  readonly missingKey: string | undefined;
};

/** Only what can be a key's id is taken for one: whatever else stands there may be no id at all. */
const KEY_ID = /^[\w-]{1,64}$/;

/** Says why the tokens in the table do not open; `undefined` where they do. */
export function reportUnreadable({ stored }: Known): Unreadable | undefined {
  const tokens = stored?.row.tokens;
  if (tokens?.state !== 'unreadable') return undefined;
  const keyId = tokens.reason === 'unknown_key' ? sealedUnder(tokens.sealed.tokens ?? '') : undefined;
  const missingKey = keyId !== undefined && KEY_ID.test(keyId) ? keyId : undefined;
  return { reason: tokens.reason, missingKey };
}
