/** The pair of a row as encrypted columns of its entity, and back. No I/O, no clock; randomness only for nonces. */
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import { open, seal, type SealContext } from './sealed-column.ts';
import type { SealedColumns, StoredTokens } from './token-store.ts';

/** The longest string property, in UTF-16 units (Understanding the Table service data model). */
const LONGEST_STRING = 32_768;

/** `tokens` to `tokens16`: more than any pair needs that was received. */
const MOST_COLUMNS = 16;

/** The row that the columns belong to. */
export type RowIdentity = Pick<SealContext, 'account' | 'generation'>;

const tokensSchema = z.object({
  accessToken: z.string().min(1),
  accessExpiresAtMs: z.int(),
  refreshToken: z.string().min(1),
  refreshExpiresAtMs: z.int(),
});

/**
 * The pair in `tokens`, `tokens2`, …, as many as its length needs, and the rest of the response in `jsonData` if that fits
 * into one column. A pair that was read is written back as it was, and so are tokens that cannot be decrypted: nothing is
 * lost once the cause is removed.
 */
export function tokenColumns(tokens: StoredTokens, row: RowIdentity, ring: KeyRing): SealedColumns {
  switch (tokens.state) {
    case 'none':
      return {};
    case 'unreadable':
      return tokens.sealed;
    case 'held':
      return tokens.sealed ?? sealPair(tokens.set, row, ring);
  }
}

type HeldSet = Extract<StoredTokens, { state: 'held' }>['set'];

function sealPair(set: HeldSet, row: RowIdentity, ring: KeyRing): SealedColumns {
  const { accessToken, accessExpiresAtMs, refreshToken, refreshExpiresAtMs, rest } = set;
  const pair = JSON.stringify({ accessToken, accessExpiresAtMs, refreshToken, refreshExpiresAtMs });
  const columns: Record<string, string> = {};
  const sealed = seal(pair, { ...row, column: 'tokens' }, ring);
  for (let start = 0; start < sealed.length; start += LONGEST_STRING) {
    columns[columnName(start / LONGEST_STRING)] = sealed.slice(start, start + LONGEST_STRING);
  }
  const jsonData = seal(JSON.stringify(rest ?? null), { ...row, column: 'jsonData' }, ring);
  if (jsonData.length <= LONGEST_STRING) columns['jsonData'] = jsonData;
  return columns;
}

/** The pair that these columns hold. `jsonData` is for people with the key; nothing here reads it. */
export function readTokens(columns: Record<string, unknown>, row: RowIdentity, ring: KeyRing): StoredTokens {
  const sealed = sealedColumnsOf(columns);
  const joined = joinColumns(sealed);
  if (joined === '' && Object.keys(sealed).every((name) => name === 'jsonData')) {
    return row.generation === 0 ? { state: 'none' } : { state: 'unreadable', reason: 'damaged', sealed };
  }
  const opened = open(joined, { ...row, column: 'tokens' }, ring);
  if (!opened.ok) return { state: 'unreadable', reason: opened.error, sealed };
  const parsed = tokensSchema.safeParse(parseJson(opened.value));
  if (!parsed.success) return { state: 'unreadable', reason: 'damaged', sealed };
  return { state: 'held', set: parsed.data, sealed };
}

/** `tokens`, `tokens2`, … and `jsonData` as they stand in the table, bounded to what we write. */
export function sealedColumnsOf(columns: Record<string, unknown>): SealedColumns {
  const sealed: Record<string, string> = {};
  for (const name of ['jsonData', ...Array.from({ length: MOST_COLUMNS }, (_, index) => columnName(index))]) {
    const value = columns[name];
    if (typeof value === 'string' && value !== '') sealed[name] = value;
  }
  return sealed;
}

function joinColumns(sealed: SealedColumns): string {
  let joined = '';
  for (let index = 0; ; index += 1) {
    const part = sealed[columnName(index)];
    if (part === undefined) return joined;
    joined += part;
  }
}

function columnName(index: number): string {
  return index === 0 ? 'tokens' : `tokens${index + 1}`;
}
