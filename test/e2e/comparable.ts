import { createHash } from 'node:crypto';
import type { StoredRow } from '../../src/store/token-store.ts';

/** A name for a secret, to compare instead of the secret: a failed assertion prints what it compares. */
export function nameOf(secret: string): string {
  return `sha256:${createHash('sha256').update(secret).digest('hex').slice(0, 12)}`;
}

/** A row to compare: its tokens by name. */
export function concealTokens(stored: StoredRow | undefined) {
  if (stored === undefined) return undefined;
  return { ...stored, row: { ...stored.row, tokens: nameOf(JSON.stringify(stored.row.tokens)) } };
}
