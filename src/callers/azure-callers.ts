import { odata, type TableClient } from '@azure/data-tables';
import { isAbsent, isChanged, onceMore, toStoreError, writeEntity } from '../store/table-requests.ts';
import {
  CALLERS,
  FAILURES,
  fromCallerEntity,
  fromFailuresEntity,
  toCallerEntity,
  toFailuresEntity,
} from './caller-entity.ts';
import type { CallerList, CallerStore } from './caller-store.ts';

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
      if (entity === undefined) return undefined;
      const caller = fromCallerEntity(entity);
      return caller ? { caller, etag: entity.etag } : 'damaged';
    },
    async list() {
      const queryOptions = { filter: odata`PartitionKey eq ${CALLERS}` };
      const read = async () => {
        const entities: { readonly rowKey?: string }[] = [];
        for await (const entity of table.listEntities({ queryOptions, ...timeout() })) entities.push(entity);
        return entities;
      };
      return sortOut((await orAbsent(() => onceMore(read))) ?? []);
    },
    write: async (caller, etag) => writeEntity(table, toCallerEntity(caller), { etag, timeoutMs }),
    remove: async (name) => (await orAbsent(() => table.deleteEntity(CALLERS, name, timeout()))) !== undefined,
    async readFailures(row) {
      const entity = await find(FAILURES, row);
      return { timesMs: entity ? fromFailuresEntity(entity) : [], etag: entity?.etag };
    },
    writeFailures: async (row, timesMs, etag) =>
      writeEntity(table, toFailuresEntity(row, timesMs), { etag, timeoutMs }),
    async forgetFailures(row, etag = '*') {
      await orAbsent(async () => {
        try {
          await table.deleteEntity(FAILURES, row, { etag, ...timeout() });
        } catch (error) {
          if (!isChanged(error)) throw error;
        }
      });
    },
  };
}

function sortOut(entities: readonly { readonly rowKey?: string }[]): CallerList {
  const read = entities.map((entity) => ({ rowKey: entity.rowKey ?? '', caller: fromCallerEntity(entity) }));
  return {
    callers: read.flatMap(({ caller }) => caller ?? []),
    damaged: read.flatMap(({ rowKey, caller }) => (caller ? [] : rowKey)),
  };
}

/** What the table answers, or `undefined` where there is no such row, nor a table. */
async function orAbsent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw toStoreError("The callers' table cannot be used", error);
  }
}
