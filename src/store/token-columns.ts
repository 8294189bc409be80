/** The pair of a row as sealed columns of its entity, and back. No I/O, no clock; chance only for nonces. */
import * as z from 'zod';
import { parseJson } from '../parse-json.ts';
import type { TokenSet } from '../quartile/token-set.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import { open, seal, type SealContext } from './sealed-column.ts';
import type { StoredTokens } from './token-store.ts';

/** The longest string property, in UTF-16 units (Understanding the Table service data model). */
const LONGEST_STRING = 32_768;

/** The row that the columns belong to. */
export type RowIdentity = Pick<SealContext, 'account' | 'generation'>;

const tokensSchema = z.object({
  accessToken: z.string().min(1),
  accessExpiresAtMs: z.int(),
  refreshToken: z.string().min(1),
  refreshExpiresAtMs: z.int(),
  notBeforeMs: z.int().optional(),
});

/**
 * The pair in `tokens`, `tokens2`, …, as many as its length needs; `jsonData` only where it fits into one column: an
 * entity holds 1 MiB. What cannot be read is written back as it was: whoever mends its cause has lost nothing.
 */
export function tokenColumns(tokens: StoredTokens, row: RowIdentity, ring: KeyRing): Readonly<Record<string, string>> {
  switch (tokens.state) {
    case 'none':
      return {};
    case 'unreadable':
      return tokens.reason === 'rolled_back' ? sealedColumns(tokens.set, row, ring) : tokens.columns;
    case 'held':
      return sealedColumns(tokens.set, row, ring);
  }
}

function sealedColumns({ rest, ...pair }: TokenSet, row: RowIdentity, ring: KeyRing): Record<string, string> {
  const jsonData = seal(JSON.stringify(rest ?? null), { ...row, column: 'jsonData' }, ring);
  const named = nameChunks(chunksOf(seal(JSON.stringify(pair), { ...row, column: 'tokens' }, ring)));
  return jsonData.length <= LONGEST_STRING ? { ...named, jsonData } : named;
}

function nameChunks(chunks: readonly string[]): Record<string, string> {
  return Object.fromEntries(chunks.map((chunk, index) => [chunkName(index), chunk]));
}

/** The pair that these columns hold; damaged or foreign ones are kept, so that they can be written back. */
export function readTokens(columns: Record<string, unknown>, row: RowIdentity, ring: KeyRing): StoredTokens {
  const stored = storedTokenColumns(columns);
  const isEmpty = Object.keys(stored).every((name) => name === 'jsonData');
  if (isEmpty && row.generation === 0) return { state: 'none' };
  if (isEmpty) return { state: 'unreadable', reason: 'damaged', columns: stored }; // there was a pair
  const opened = open(joinChunks(stored), { ...row, column: 'tokens' }, ring);
  if (!opened.ok) return { state: 'unreadable', reason: opened.reason, columns: stored };
  const parsed = tokensSchema.safeParse(parseJson(opened.text));
  if (!parsed.success) return { state: 'unreadable', reason: 'damaged', columns: stored };
  const { notBeforeMs, ...pair } = parsed.data;
  return { state: 'held', set: { ...pair, notBeforeMs, rest: readJsonData(stored.jsonData, row, ring) } };
}

/** Best effort: it is for show. */
function readJsonData(column: string | undefined, row: RowIdentity, ring: KeyRing): unknown {
  const opened = column === undefined ? undefined : open(column, { ...row, column: 'jsonData' }, ring);
  return opened?.ok ? parseJson(opened.text) : undefined;
}

/** `tokens`, `tokens2`, … and `jsonData`, as they lie there. */
export function storedTokenColumns(columns: Record<string, unknown>): Record<string, string> {
  const stored: Record<string, string> = {};
  for (const [name, value] of Object.entries(columns)) {
    if (/^(tokens\d*|jsonData)$/.test(name) && typeof value === 'string' && value !== '') stored[name] = value;
  }
  return stored;
}

function joinChunks(stored: Record<string, string>): string {
  let joined = '';
  for (let index = 0; ; index += 1) {
    const chunk = stored[chunkName(index)];
    if (chunk === undefined) return joined;
    joined += chunk;
  }
}

function chunkName(index: number): string {
  return index === 0 ? 'tokens' : `tokens${index + 1}`;
}

function chunksOf(joined: string): string[] {
  const count = Math.ceil(joined.length / LONGEST_STRING);
  return Array.from({ length: count }, (_, index) =>
    joined.slice(index * LONGEST_STRING, (index + 1) * LONGEST_STRING),
  );
}
