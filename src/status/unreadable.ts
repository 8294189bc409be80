/** What is known of tokens that do not open. Pure: no I/O, no clock. */
import type { Known } from '../hand-out/row-memory.ts';
import { sealedUnder } from '../store/sealed-column.ts';
import type { UnreadableReason } from '../store/token-store.ts';

export type Unreadable = {
  /** `undefined` where an earlier row is shown, whose tokens do open. */
  readonly reason: UnreadableReason | undefined;
  /** The key that they want, where that is not in the ring. */
  readonly missingKey: string | undefined;
};

/** Only what can be a key's id is taken for one: whatever else stands there may be no id at all. */
const KEY_ID = /^[\w-]{1,64}$/;

/** Says why the tokens do not open; `undefined` where they do. */
export function reportUnreadable({ row, tokensOpen }: Known): Unreadable | undefined {
  if (tokensOpen) return undefined;
  if (row?.tokens.state !== 'unreadable') return { reason: undefined, missingKey: undefined };
  const { tokens } = row;
  const keyId = tokens.reason === 'unknown_key' ? sealedUnder(tokens.columns.tokens ?? '') : undefined;
  const missingKey = keyId !== undefined && KEY_ID.test(keyId) ? keyId : undefined;
  return { reason: tokens.reason, missingKey };
}
