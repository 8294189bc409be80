import { RestError, TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import { z } from 'zod';
import type { KeyRing } from '../settings/key-ring.ts';
import type { StorageConnection } from '../settings/storage.ts';
import { fromEntity, ROW_KEY, toEntity } from './entity.ts';
import { StoreError, type TokenStore, type WriteResult } from './token-store.ts';

/** No retries by the SDK: what an outcome means, and whether to try again, is decided where the row is known. */
const clientOptions: TableServiceClientOptions = { retryOptions: { maxRetries: 0 } };

/**
 * The token store over Azure Table Storage. The table is created by the first write that misses it.
 *
 * @param encryptionKeys seal the tokens
 * @param timeoutMs the longest that one request may take
 * @see https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes
 */
export function createAzureTableStore(
  table: TableClient,
  { encryptionKeys, timeoutMs }: { readonly encryptionKeys: KeyRing; readonly timeoutMs: number },
): TokenStore {
  const timeout = () => AbortSignal.timeout(timeoutMs);
  return {
    async read(account) {
      try {
        const entity = await onceMore(() => table.getEntity(account, ROW_KEY, { abortSignal: timeout() }));
        return { row: fromEntity(entity, encryptionKeys), etag: entity.etag };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw new StoreError('The token table cannot be read', codeOf(error));
      }
    },
    async write(row, etag) {
      const entity = toEntity(row, encryptionKeys);
      const attempt = () =>
        etag === undefined
          ? table.createEntity(entity, { abortSignal: timeout() })
          : table.updateEntity(entity, 'Replace', { etag, abortSignal: timeout() });
      try {
        return written(await attempt());
      } catch (error) {
        if (etag !== undefined || codeOf(error) !== 'TableNotFound') return judgeWriteError(error);
      }
      try {
        await table.createTable({ abortSignal: timeout() });
        return written(await attempt());
      } catch (error) {
        return judgeWriteError(error);
      }
    },
  };
}

/** Opens the table that the settings name; an identity's credential is loaded only where one is used. */
export async function openTable(storage: StorageConnection, tableName: string): Promise<TableClient> {
  if (storage.kind === 'connection-string') {
    // An http endpoint is the development storage, or was written down by the operator as such.
    return TableClient.fromConnectionString(storage.connectionString, tableName, {
      ...clientOptions,
      allowInsecureConnection: true,
    });
  }
  const { DefaultAzureCredential } = await import('@azure/identity');
  const credential = new DefaultAzureCredential(
    storage.clientId === undefined ? {} : { managedIdentityClientId: storage.clientId },
  );
  return new TableClient(storage.tableServiceUri, tableName, credential, clientOptions);
}

/** Reads again where the connection broke: a kept one may be closed just as it is used. Reads may be repeated. */
async function onceMore<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof RestError && error.statusCode === undefined) return read();
    throw error;
  }
}

function written({ etag }: { etag?: string }): WriteResult {
  return etag === undefined ? { result: 'unknown', code: 'NoETag' } : { result: 'written', etag };
}

/** 409: somebody inserted it; 412: somebody changed it; 404 on a replace: somebody deleted it. */
function judgeWriteError(error: unknown): WriteResult {
  const status = error instanceof RestError ? error.statusCode : undefined;
  const code = codeOf(error);
  if (status === 412 || code === 'EntityAlreadyExists' || isAbsent(error)) return { result: 'conflict' };
  if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429) {
    throw new StoreError('The token table refused a write', code);
  }
  return { result: 'unknown', code };
}

function isAbsent(error: unknown): boolean {
  return ['ResourceNotFound', 'TableNotFound'].includes(codeOf(error));
}

const odataErrorSchema = z.object({ odataError: z.object({ code: z.string() }) });

/** The service's error code where it answered, else Node's. Never the message: it may carry what was sent. */
function codeOf(error: unknown): string {
  if (error instanceof RestError) {
    const odata = odataErrorSchema.safeParse(error.details);
    if (odata.success) return odata.data.odataError.code;
    return error.code ?? (error.statusCode === undefined ? 'Unknown' : `Http${error.statusCode}`);
  }
  return error instanceof Error ? error.name : 'Unknown';
}
