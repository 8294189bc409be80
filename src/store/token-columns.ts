/** The pair of a row as columns of its entity, and back. Pure: no I/O, no clock. */
import { z } from 'zod';
import { parseJson } from './json-column.ts';
import type { StoredTokens } from './token-store.ts';

/** The longest string property, in UTF-16 units (Understanding the Table service data model). */
const LONGEST_STRING = 32_768;

/** An entity holds 1 MiB, and a UTF-16 unit takes two bytes: what is left for `jsonData` beside tokens and columns. */
const LONGEST_JSON_DATA = LONGEST_STRING;

const tokensSchema = z.object({
  accessToken: z.string().min(1),
  accessExpiresAtMs: z.int(),
  refreshToken: z.string().min(1),
  refreshExpiresAtMs: z.int(),
  notBeforeMs: z.int().optional(),
});

/**
 * The pair in `tokens`, `tokens2`, …, as many as its length needs; `jsonData` only where it fits. What cannot be read
 * is written back as it was: whoever mends its cause has lost nothing.
 */
export function tokenColumns(tokens: StoredTokens): Readonly<Record<string, string>> {
  switch (tokens.state) {
    case 'none':
      return {};
    case 'unreadable':
      return tokens.columns;
    case 'held': {
      const { rest, ...pair } = tokens.set;
      const jsonData = JSON.stringify(rest ?? null);
      const named = nameChunks(chunksOf(JSON.stringify(pair)));
      return jsonData.length <= LONGEST_JSON_DATA ? { ...named, jsonData } : named;
    }
  }
}

function nameChunks(chunks: readonly string[]): Record<string, string> {
  return Object.fromEntries(chunks.map((chunk, index) => [chunkName(index), chunk]));
}

/** The pair that these columns hold; damaged or foreign ones are kept, so that they can be written back. */
export function readTokens(columns: Record<string, unknown>): StoredTokens {
  const stored = storedTokenColumns(columns);
  if (Object.keys(stored).every((name) => name === 'jsonData')) return { state: 'none' };
  const parsed = tokensSchema.safeParse(parseJson(joinChunks(stored)));
  if (!parsed.success) return { state: 'unreadable', columns: stored };
  const { notBeforeMs, ...pair } = parsed.data;
  return { state: 'held', set: { ...pair, notBeforeMs, rest: parseJson(columns.jsonData) } };
}

/** `tokens`, `tokens2`, … and `jsonData`, as they lie there. */
function storedTokenColumns(columns: Record<string, unknown>): Record<string, string> {
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
