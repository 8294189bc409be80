import type { Known, RowMemory } from '../../src/hand-out/row-memory.ts';

/** What a caller would be answered from, as `handOutToken` asks for it. */
export async function latestOf(memory: RowMemory, account: string): Promise<Known> {
  return memory.fresh(account) ?? (await memory.look(account));
}
