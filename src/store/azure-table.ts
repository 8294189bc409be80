import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { KeyRing } from '../settings/key-ring.ts';
import type { StorageConnection } from '../settings/storage.ts';
import { fromEntity, ROW_KEY, toEntity } from './entity.ts';
import { codeOf, isAbsent, onceMore, writeEntity } from './table-requests.ts';
import { StoreError, type TokenStore } from './token-store.ts';

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
    write: async (row, etag) => writeEntity(table, toEntity(row, encryptionKeys), { etag, timeoutMs }),
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
