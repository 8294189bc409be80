/** What the tool for keys says. Pure: no I/O. */
import type { KeyRing } from '../../settings/key-ring.ts';
import type { StoredTokens } from '../../store/token-store.ts';

/** A row of the token table, as far as keys are concerned. */
export type KeyedRow = {
  readonly account: string;
  /** `undefined` where it has no tokens, or tokens that are not sealed. */
  readonly keyId: string | undefined;
  readonly tokens: StoredTokens;
};

/** @returns what is to be printed, a line each */
export function describeKeys(ring: KeyRing, rows: readonly KeyedRow[], tableName: string): string[] {
  const [{ id: first }] = ring;
  const width = Math.max(...ring.map(({ id }) => id.length));
  const keys = ring.map(({ id }) => {
    const count = rows.filter(({ keyId }) => keyId === id).length;
    return `  ${id.padEnd(width)}  ${`${count} ${count === 1 ? 'row' : 'rows'}`.padEnd(8)} ${verdict(id, first, count)}`;
  });
  const listed = rows.map((row) => `  ${row.account}: ${describeRow(row)}`);
  return [
    'Keys of TOKEN_ENCRYPTION_KEYS:',
    ...keys,
    `Rows of the table ${tableName}:`,
    ...(listed.length === 0 ? ['  none'] : listed),
  ];
}

function verdict(id: string, first: string, rows: number): string {
  if (id === first) return 'the first one: seals what is written';
  if (rows > 0) return `needed: the next rotation seals under ${first}`;
  return `no row needs it: it is new, or can be dropped once every instance has ${first} first`;
}

function describeRow({ keyId, tokens }: KeyedRow): string {
  const under = keyId === undefined ? '' : `under ${keyId}`;
  switch (tokens.state) {
    case 'none':
      return 'no tokens yet';
    case 'held':
      return under;
    case 'unreadable':
      return `${under && `${under}, `}does not open here (${tokens.reason})`;
  }
}
