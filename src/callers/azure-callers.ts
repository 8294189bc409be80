import { odata, type TableClient } from '@azure/data-tables';
import * as z from 'zod';
import { toIso } from '../iso-time.ts';
import { isAbsent, onceMore, toStoreError, withTimer, writeEntity } from '../store/table-requests.ts';
import { type Caller, CALLER_NAME, type CallerList, type CallerStore } from './caller-store.ts';

const PARTITION = 'caller';

/**
 * The callers' table in Azure Table Storage. The first write creates it.
 *
 * @param timeoutMs the longest one request may take
 */
export function createAzureCallerStore(table: TableClient, timeoutMs: number): CallerStore {
  const ask = <T>(request: (abortSignal: AbortSignal) => Promise<T>) => askWithin(timeoutMs, request);
  return {
    async read(rowKey) {
      const entity = await ask((abortSignal) => onceMore(() => table.getEntity(PARTITION, rowKey, { abortSignal })));
      if (entity === undefined) return undefined;
      const caller = fromEntity(entity);
      return caller ? { caller, etag: entity.etag } : 'damaged';
    },
    async list() {
      const queryOptions = { filter: odata`PartitionKey eq ${PARTITION}` };
      const readAll = async (abortSignal: AbortSignal) => {
        const entities: { readonly rowKey?: string }[] = [];
        for await (const entity of table.listEntities({ queryOptions, abortSignal })) entities.push(entity);
        return entities;
      };
      return sortOut((await ask((abortSignal) => onceMore(() => readAll(abortSignal)))) ?? []);
    },
    write: (caller, etag) => writeEntity(table, toEntity(caller), { etag, timeoutMs }),
    remove: async (name) =>
      (await ask((abortSignal) => table.deleteEntity(PARTITION, name, { abortSignal }))) !== undefined,
  };
}

function toEntity({ name, secretHash, credentialId, createdAtMs, disabled, lastLoginAtMs }: Caller) {
  const lastLogin = lastLoginAtMs === undefined ? {} : { lastLoginAt: toIso(lastLoginAtMs) };
  const createdAt = toIso(createdAtMs);
  return { partitionKey: PARTITION, rowKey: name, secretHash, credentialId, createdAt, disabled, ...lastLogin };
}

const timeMs = z.iso.datetime().transform((text) => Date.parse(text));

/** The columns that decide are strict. The last login is only for display. */
const entitySchema = z
  .object({
    rowKey: z.string().regex(CALLER_NAME),
    secretHash: z.string().min(1),
    credentialId: z.string().min(1),
    createdAt: timeMs,
    disabled: z.boolean(),
    lastLoginAt: timeMs.optional().catch(undefined),
  })
  .transform(({ rowKey, createdAt, lastLoginAt, ...columns }): Caller => ({
    name: rowKey,
    createdAtMs: createdAt,
    lastLoginAtMs: lastLoginAt,
    ...columns,
  }));

/** @returns `undefined` if the row is damaged */
function fromEntity(entity: unknown): Caller | undefined {
  return entitySchema.safeParse(entity).data;
}

function sortOut(entities: readonly { readonly rowKey?: string }[]): CallerList {
  const rows = entities.map((entity) => ({ rowKey: entity.rowKey ?? '', caller: fromEntity(entity) }));
  return {
    callers: rows.flatMap(({ caller }) => caller ?? []),
    damaged: rows.flatMap(({ rowKey, caller }) => (caller ? [] : rowKey)),
  };
}

/** Sends a request. @returns `undefined` if there is no such row, or no table */
async function askWithin<T>(
  timeoutMs: number,
  request: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await withTimer(timeoutMs, request);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw toStoreError("The callers' table cannot be used", error);
  }
}
