/** Which key each row of the token table is encrypted under. */
import { odata, type TableClient } from '@azure/data-tables';
import type { KeyRing } from '../../settings/key-ring.ts';
import { fromEntity, ROW_KEY } from '../../store/entity.ts';
import { sealedUnder } from '../../store/sealed-column.ts';
import { isAbsent, toStoreError } from '../../store/table-requests.ts';
import type { StoredTokens } from '../../store/token-store.ts';

/** A row of the token table, as far as keys are concerned. */
export type KeyedRow = {
  readonly account: string;
  /** `undefined` if the row has no tokens, or tokens that are not encrypted. */
  readonly keyId: string | undefined;
  readonly tokens: StoredTokens;
};

/** Generous: the first sign-in takes time. */
const TIMEOUT_MS = 30_000;

/**
 * Reads every row of the token table. A table that does not exist has none.
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

/** Describes the keys and the rows. Pure. @returns the lines to print */
export function describeKeys(ring: KeyRing, rows: readonly KeyedRow[], tableName: string): string[] {
  const [{ id: first }] = ring;
  const width = Math.max(...ring.map(({ id }) => id.length));
  const keys = ring.map(({ id }) => {
    const count = rows.filter(({ keyId }) => keyId === id).length;
    const counted = `${count} ${count === 1 ? 'row' : 'rows'}`.padEnd(8);
    return `  ${id.padEnd(width)}  ${counted} ${judgeKey(id, first, count)}`;
  });
  const listed = rows.map((row) => `  ${row.account}: ${describeRow(row)}`);
  return [
    'Keys of TOKEN_ENCRYPTION_KEYS:',
    ...keys,
    `Rows of the table ${tableName}:`,
    ...(listed.length === 0 ? ['  none'] : listed),
  ];
}

function judgeKey(id: string, first: string, rows: number): string {
  if (id === first) return 'the first key: encrypts new rows';
  if (rows > 0) return `needed: the next rotation encrypts under ${first}`;
  return `not needed by any row: it is new, or can be dropped once every instance has ${first} first`;
}

function describeRow({ keyId, tokens }: KeyedRow): string {
  const under = keyId === undefined ? '' : `under ${keyId}`;
  switch (tokens.state) {
    case 'none':
      return 'no tokens yet';
    case 'held':
      return under;
    case 'unreadable':
      return `${under && `${under}, `}cannot be decrypted with these keys (${tokens.reason})`;
  }
}
