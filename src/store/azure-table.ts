import { TableClient, type TableServiceClientOptions } from '@azure/data-tables';
import type { TokenCredential } from '@azure/identity';
import { isLoopbackHost } from '../loopback.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import type { IdentityConnection, StorageConnection } from '../settings/storage.ts';
import { essentialEntity, fromEntity, ROW_KEY, toEntity } from './entity.ts';
import {
  isAbsent,
  onceMore,
  STORE_REQUEST_TIMEOUT_MS,
  toStoreError,
  withTimer,
  writeEntity,
} from './table-requests.ts';
import { StoreError, type TokenStore } from './token-store.ts';

/** The SDK does not retry: what an outcome means, and whether to try again, is decided where the row is known. */
const clientOptions: TableServiceClientOptions = { retryOptions: { maxRetries: 0 } };

/**
 * The token store over Azure Table Storage. The first write that finds no table creates it.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes
 */
export function createAzureTableStore(table: TableClient, encryptionKeys: KeyRing): TokenStore {
  return {
    async read(account, timeoutMs = STORE_REQUEST_TIMEOUT_MS) {
      try {
        const entity = await withTimer(timeoutMs, (abortSignal) =>
          onceMore(() => table.getEntity(account, ROW_KEY, { abortSignal })),
        );
        return { row: fromEntity(entity, encryptionKeys), etag: entity.etag };
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw toStoreError('The token table cannot be read', error);
      }
    },
    async write(row, etag, timeoutMs = STORE_REQUEST_TIMEOUT_MS) {
      const entity = toEntity(row, encryptionKeys);
      try {
        return await writeEntity(table, entity, { etag, timeoutMs });
      } catch (error) {
        // Refused for its size or form: a received pair is worth more than the history of attempts.
        if (!(error instanceof StoreError) || error.code !== 'store_refused') throw error;
        return writeEntity(table, essentialEntity(entity), { etag, timeoutMs });
      }
    },
  };
}

/** Opens the table that the settings name. An identity's library is loaded only if one is used. */
export async function openTable(storage: StorageConnection, tableName: string): Promise<TableClient> {
  if (storage.kind === 'connection-string') {
    // An http endpoint is the development storage, or the operator configured it.
    const table = TableClient.fromConnectionString(storage.connectionString, tableName, {
      ...clientOptions,
      allowInsecureConnection: true,
    });
    // No proxy can reach this machine, but the SDK would ask the one of HTTP_PROXY for Azurite.
    if (isLoopbackHost(new URL(table.url).hostname)) table.pipeline.removePolicy({ name: 'proxyPolicy' });
    return table;
  }
  const credential = shareTokenRequests(await openCredential(storage));
  return new TableClient(storage.tableServiceUri, tableName, credential, clientOptions);
}

/**
 * Lets a request for an access token go on when the request to the table that needed it is given up. The first token of
 * a cold start can take longer than a request may; the next request then finds it, or waits for the same one.
 */
export function shareTokenRequests(credential: TokenCredential): TokenCredential {
  const pending = new Map<string, ReturnType<TokenCredential['getToken']>>();
  return {
    getToken(scopes, { abortSignal: _, ...options } = {}) {
      const key = JSON.stringify([scopes, options.claims]);
      const request = pending.get(key) ?? credential.getToken(scopes, options).finally(() => pending.delete(key));
      pending.set(key, request);
      return request;
    },
  };
}

/** In Azure only the managed identity; on a developer's machine the account that is signed in. */
export async function openCredential({ clientId, inAzure }: IdentityConnection): Promise<TokenCredential> {
  const { DefaultAzureCredential, ManagedIdentityCredential } = await import('@azure/identity');
  if (inAzure) return new ManagedIdentityCredential(clientId === undefined ? {} : { clientId });
  return new DefaultAzureCredential(clientId === undefined ? {} : { managedIdentityClientId: clientId });
}
