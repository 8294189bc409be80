import type { Caller, CallerStore } from '../../src/callers/caller-store.ts';
import { StoreError } from '../../src/store/token-store.ts';

export type MemoryCallers = CallerStore & {
  /** While true, nothing answers. */
  down: boolean;
  /** While true, no write is answered. */
  writesDown: boolean;
  /** The keys of damaged rows. */
  readonly damaged: Set<string>;
  /** The verbs that were called, in order. */
  readonly asked: string[];
};

/** The callers' table in memory. It passes the same suite as Azure Table Storage. */
export function createMemoryCallers(): MemoryCallers {
  const callers = new Map<string, { readonly caller: Caller; readonly etag: string }>();
  let version = 0;
  const ask = (verb: string) => {
    memory.asked.push(verb);
    if (memory.down) throw new StoreError("The callers' table cannot be used", 'store_unreachable');
  };
  const memory: MemoryCallers = {
    down: false,
    writesDown: false,
    damaged: new Set(),
    asked: [],
    async read(rowKey) {
      ask('read');
      if (memory.damaged.has(rowKey)) return 'damaged';
      const row = callers.get(rowKey);
      return row && structuredClone(row);
    },
    async list() {
      ask('list');
      const names = [...callers.keys()].filter((name) => !memory.damaged.has(name));
      const listed = names.toSorted().flatMap((name) => callers.get(name)?.caller ?? []);
      return { callers: listed, damaged: [...memory.damaged] };
    },
    async write(caller, etag) {
      ask('write');
      if (memory.writesDown) return { result: 'unknown', code: 'store_timed_out' };
      if (callers.get(caller.name)?.etag !== etag) return { result: 'conflict' };
      version += 1;
      callers.set(caller.name, { caller: structuredClone(caller), etag: `"${version}"` });
      return { result: 'written', etag: `"${version}"` };
    },
    async remove(name) {
      ask('remove');
      return callers.delete(name);
    },
  };
  return memory;
}
