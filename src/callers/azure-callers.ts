import { odata, type TableClient } from '@azure/data-tables';
import { codeOf, isAbsent, onceMore, writeEntity } from '../store/table-requests.ts';
import { StoreError } from '../store/token-store.ts';
import {
  CALLERS,
  FAILURES,
  fromCallerEntity,
  fromFailuresEntity,
  toCallerEntity,
  toFailuresEntity,
} from './caller-entity.ts';
import type { Caller, CallerStore } from './caller-store.ts';

/**
 * The callers' table in Azure Table Storage. It is created by the first write that misses it.
 *
 * @param timeoutMs the longest that one request may take
 */
export function createAzureCallerStore(table: TableClient, timeoutMs: number): CallerStore {
  const timeout = () => ({ abortSignal: AbortSignal.timeout(timeoutMs) });
  const find = (partition: string, rowKey: string) =>
    orAbsent(() => onceMore(() => table.getEntity(partition, rowKey, timeout())));
  return {
    async read(rowKey) {
      const entity = await find(CALLERS, rowKey);
      return entity && { caller: readCaller(entity), etag: entity.etag };
    },
    async list() {
      const queryOptions = { filter: odata`PartitionKey eq ${CALLERS}` };
      const read = async () => {
        const callers: Caller[] = [];
        for await (const entity of table.listEntities({ queryOptions, ...timeout() })) callers.push(readCaller(entity));
        return callers;
      };
      return (await orAbsent(() => onceMore(read))) ?? [];
    },
    write: async (caller, etag) => writeEntity(table, toCallerEntity(caller), { etag, timeoutMs }),
    remove: async (name) => (await orAbsent(() => table.deleteEntity(CALLERS, name, timeout()))) !== undefined,
    async readFailures(row) {
      const entity = await find(FAILURES, row);
      return { timesMs: entity ? fromFailuresEntity(entity) : [], etag: entity?.etag };
    },
    writeFailures: async (row, timesMs, etag) =>
      writeEntity(table, toFailuresEntity(row, timesMs), { etag, timeoutMs }),
    async forgetFailures(row) {
      await orAbsent(() => table.deleteEntity(FAILURES, row, timeout()));
    },
  };
}

function readCaller(entity: { readonly rowKey?: string }): Caller {
  const caller = fromCallerEntity(entity);
  if (caller) return caller;
  throw new StoreError(
    `The row of caller ${entity.rowKey} is damaged: remove the caller, and add it again`,
    'RowDamaged',
  );
}

/** What the table answers, or `undefined` where there is no such row, nor a table. */
async function orAbsent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    if (isAbsent(error)) return undefined;
    throw new StoreError("The callers' table cannot be used", codeOf(error));
  }
}
