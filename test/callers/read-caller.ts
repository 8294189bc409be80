import assert from 'node:assert/strict';
import type { CallerStore, StoredCaller } from '../../src/callers/caller-store.ts';

/** The caller in this row, where there is one; its row is not damaged. */
export async function readCaller(store: CallerStore, name: string): Promise<StoredCaller | undefined> {
  const stored = await store.read(name);
  assert.ok(stored !== 'damaged');
  return stored;
}
