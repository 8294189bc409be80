/**
 * A token row as an entity of Azure Table Storage, and back. Pure: no I/O, no clock.
 *
 * The columns of the tutorial live on (`updating`, `accessTokenExpiresAt`, `createdAt`, `updatedAt`, `tokens`,
 * `jsonData`). What decides lies in `tokens`; the other columns that repeat it are for show and queries.
 */
import { z } from 'zod';
import type { StoredTokens, TokenRow } from './token-store.ts';

/** Every account has one row with this RowKey in its partition. */
export const ROW_KEY = 'token';

/** The longest string property, in UTF-16 units (Understanding the Table service data model). */
const LONGEST_STRING = 32_768;

/** An entity holds 1 MiB, and a UTF-16 unit takes two bytes: what is left for `jsonData` beside tokens and columns. */
const LONGEST_JSON_DATA = LONGEST_STRING;

type EntityValue = string | number | boolean;
export type TokenEntity = { partitionKey: string; rowKey: string } & Record<string, EntityValue>;

const moment = z.iso
  .datetime()
  .transform((text) => Date.parse(text))
  .optional()
  .catch(undefined);
const text = z.string().min(1).optional().catch(undefined);
const kind = z.enum(['login', 'refresh']).optional().catch(undefined);

/** What decides, and cannot be mended by reading it as absent, is strict: the keys, the generation, the spent token. */
const entitySchema = z.looseObject({
  partitionKey: z.string(),
  generation: z.int().nonnegative(),
  writeId: z.string(),
  source: kind,
  refreshedAt: moment,
  createdAt: moment,
  updatedAt: moment,
  leaseId: text,
  leaseExpiresAt: moment,
  attemptKind: kind,
  attemptStartedAt: moment,
  spentRefreshToken: z.string().min(1).optional(),
  consecutiveFailures: z.int().nonnegative().catch(0),
  lastFailureCode: text,
});
type ParsedEntity = z.infer<typeof entitySchema>;

const tokensSchema = z.object({
  accessToken: z.string().min(1),
  accessExpiresAtMs: z.int(),
  refreshToken: z.string().min(1),
  refreshExpiresAtMs: z.int(),
  notBeforeMs: z.int().optional(),
});

/** The row as it is written: absent values are left out, because a replaced entity loses what is not in it. */
export function toEntity(row: TokenRow): TokenEntity {
  const set = row.tokens.state === 'held' ? row.tokens.set : undefined;
  const columns: Record<string, EntityValue | undefined> = {
    updating: row.lease !== undefined,
    generation: row.generation,
    writeId: row.writeId,
    source: row.source,
    accessTokenExpiresAt: toIso(set?.accessExpiresAtMs),
    refreshTokenExpiresAt: toIso(set?.refreshExpiresAtMs),
    refreshedAt: toIso(row.refreshedAtMs),
    createdAt: toIso(row.createdAtMs),
    updatedAt: toIso(row.updatedAtMs),
    leaseId: row.lease?.id,
    leaseExpiresAt: toIso(row.lease?.expiresAtMs),
    attemptKind: row.attempt?.kind,
    attemptStartedAt: toIso(row.attempt?.startedAtMs),
    spentRefreshToken: row.spentRefreshToken,
    consecutiveFailures: row.consecutiveFailures,
    lastFailureCode: row.lastFailureCode,
  };
  return { ...defined(columns), ...tokenColumns(row.tokens), partitionKey: row.account, rowKey: ROW_KEY };
}

/**
 * @returns the row, or `undefined` where the entity lacks what a row cannot do without; damaged columns that only
 *   inform read as absent
 */
export function fromEntity(entity: unknown): TokenRow | undefined {
  const parsed = entitySchema.safeParse(entity);
  if (!parsed.success) return undefined;
  const columns = parsed.data;
  return {
    account: columns.partitionKey,
    generation: columns.generation,
    tokens: readTokens(columns),
    source: columns.source,
    refreshedAtMs: columns.refreshedAt,
    createdAtMs: columns.createdAt ?? 0,
    updatedAtMs: columns.updatedAt ?? 0,
    lease: leaseOf(columns),
    attempt:
      columns.attemptKind && columns.attemptStartedAt !== undefined
        ? { kind: columns.attemptKind, startedAtMs: columns.attemptStartedAt }
        : undefined,
    spentRefreshToken: columns.spentRefreshToken,
    consecutiveFailures: columns.consecutiveFailures,
    lastFailureCode: columns.lastFailureCode,
    writeId: columns.writeId,
  };
}

/** A lease without a readable end counts as ended: it must not hold for ever. */
function leaseOf({ leaseId, leaseExpiresAt }: ParsedEntity): TokenRow['lease'] {
  return leaseId === undefined ? undefined : { id: leaseId, expiresAtMs: leaseExpiresAt ?? 0 };
}

/**
 * The pair in `tokens`, `tokens2`, …, as many as its length needs; `jsonData` only where it fits. What cannot be read
 * is written back as it was: whoever mends its cause has lost nothing.
 */
function tokenColumns(tokens: StoredTokens): Readonly<Record<string, string>> {
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

function readTokens(columns: ParsedEntity): StoredTokens {
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

function toIso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function defined<T>(record: Record<string, T | undefined>): Record<string, T> {
  const result: Record<string, T> = {};
  for (const [name, value] of Object.entries(record)) if (value !== undefined) result[name] = value;
  return result;
}

function parseJson(json: unknown): unknown {
  if (typeof json !== 'string') return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // judged by the schema, as anything else that is no token set
  }
}
