import type { Caller, CallerStore } from '../../src/callers/caller-store.ts';
import { StoreError } from '../../src/store/token-store.ts';

type Row<T> = { readonly value: T; readonly etag: string };

export type MemoryCallers = CallerStore & {
  /** While true, nothing answers. */
  down: boolean;
  /** While true, no write does. */
  writesDown: boolean;
  /** The keys of rows that are damaged. */
  readonly damaged: Set<string>;
  /** What was asked, in order: the verb and, for failures, the kind of row. */
  readonly asked: string[];
};

/** The callers' table in memory; it passes the same suite as Azure Table Storage. */
export function createMemoryCallers(): MemoryCallers {
  const callers = new Map<string, Row<Caller>>();
  const failures = new Map<string, Row<readonly number[]>>();
  const asked: string[] = [];
  let version = 0;
  const ask = (verb: string, row = '') => {
    asked.push([verb, row.replace(/-.*/, '')].filter(Boolean).join(' '));
    if (memory.down) throw new StoreError("The callers' table cannot be used", 'store_unreachable');
  };
  const put = <T>(rows: Map<string, Row<T>>, key: string, { value, etag }: { value: T; etag: string | undefined }) => {
    if (memory.writesDown) return { result: 'unknown', code: 'store_timed_out' } as const;
    if (rows.get(key)?.etag !== etag) return { result: 'conflict' } as const;
    version += 1;
    rows.set(key, { value: structuredClone(value), etag: `"${version}"` });
    return { result: 'written', etag: `"${version}"` } as const;
  };
  const memory: MemoryCallers = {
    down: false,
    writesDown: false,
    damaged: new Set(),
    asked,
    async read(rowKey) {
      ask('read');
      if (memory.damaged.has(rowKey)) return 'damaged';
      const row = callers.get(rowKey);
      return row && { caller: structuredClone(row.value), etag: row.etag };
    },
    async list() {
      ask('list');
      const names = [...callers.keys()].filter((name) => !memory.damaged.has(name));
      const listed = names.toSorted().flatMap((name) => callers.get(name)?.value ?? []);
      return { callers: listed, damaged: [...memory.damaged] };
    },
    async write(caller, etag) {
      ask('write');
      return put(callers, caller.name, { value: caller, etag });
    },
    async remove(name) {
      ask('remove');
      return callers.delete(name);
    },
    async readFailures(row) {
      ask('readFailures', row);
      const found = failures.get(row);
      return { timesMs: found?.value ?? [], etag: found?.etag };
    },
    async writeFailures(row, timesMs, etag) {
      ask('writeFailures', row);
      return put(failures, row, { value: timesMs, etag });
    },
    async forgetFailures(row, etag) {
      ask('forgetFailures', row);
      if (etag === undefined || failures.get(row)?.etag === etag) failures.delete(row);
    },
  };
  return memory;
}
