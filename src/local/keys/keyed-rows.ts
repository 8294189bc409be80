import { odata, type TableClient } from '@azure/data-tables';
import type { KeyRing } from '../../settings/key-ring.ts';
import { fromEntity, ROW_KEY } from '../../store/entity.ts';
import { sealedUnder } from '../../store/sealed-column.ts';
import { isAbsent, toStoreError } from '../../store/table-requests.ts';
import type { KeyedRow } from './describe-keys.ts';

/** Signing in takes its time the first time. */
const TIMEOUT_MS = 30_000;

/**
 * Reads every row of the token table; a table that is not there has none.
 *
 * @throws a StoreError if the table cannot be read
 */
export async function readKeyedRows(table: TableClient, ring: KeyRing): Promise<KeyedRow[]> {
  const rows: KeyedRow[] = [];
  const query = {
    queryOptions: { filter: odata`RowKey eq ${ROW_KEY}` },
    abortSignal: AbortSignal.timeout(TIMEOUT_MS),
  };
  try {
    for await (const entity of table.listEntities(query)) {
      const { account, tokens } = fromEntity(entity, ring);
      const keyId = typeof entity.tokens === 'string' ? sealedUnder(entity.tokens) : undefined;
      rows.push({ account, tokens, keyId });
    }
  } catch (error) {
    if (isAbsent(error)) return [];
    throw toStoreError('The token table cannot be read', error);
  }
  return rows;
}
