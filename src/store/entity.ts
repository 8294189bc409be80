/**
 * A token row as an entity of Azure Table Storage, and back. No I/O, no clock.
 *
 * The columns of the tutorial remain (`updating`, `accessTokenExpiresAt`, `createdAt`, `updatedAt`, `tokens`,
 * `jsonData`). What decides is encrypted in `tokens`; the plain columns that repeat it are for display and queries.
 * Everything that is read is bounded, whatever the table contains, so that what is written back always fits.
 */
import * as z from 'zod';
import { toIso } from '../iso-time.ts';
import { parseJson } from '../parse-json.ts';
import type { KeyRing } from '../settings/key-ring.ts';
import { readHistory, toHistoryColumn } from './history-column.ts';
import { open, seal } from './sealed-column.ts';
import { readTokens, sealedColumnsOf, tokenColumns } from './token-columns.ts';
import type { LoginBreaker, StoredTokens, TokenRow } from './token-store.ts';

/** Every account has one row with this RowKey in its partition. */
export const ROW_KEY = 'token';

type EntityValue = string | number | boolean;
export type TokenEntity = { partitionKey: string; rowKey: string } & Record<string, EntityValue>;

/** No text of ours is longer. */
const LONGEST_TEXT = 80;

/** No counter of ours gets that far. The column is an Int32, so there is room to count on. */
const LARGEST_COUNT = 1_000_000;

/** The last generation that another can follow: the column is an Int32. */
const LAST_GENERATION = 2_147_483_646;

/** Without a valid ciphertext, no higher generation is believed: a writer without a key must not exhaust the count. */
const LAST_UNSEALED_GENERATION = 1_000_000_000;

const moment = z.iso
  .datetime()
  .transform((text) => Date.parse(text))
  .optional()
  .catch(undefined);
const text = z
  .string()
  .min(1)
  .transform((value) => value.slice(0, LONGEST_TEXT))
  .optional()
  .catch(undefined);
const count = z
  .int()
  .nonnegative()
  .transform((value) => Math.min(value, LARGEST_COUNT))
  .catch(0);
const kind = z.enum(['login', 'refresh']).optional().catch(undefined);

/** The columns without which the tokens cannot be used. */
const decidingSchema = z.object({
  generation: z.int().nonnegative().max(LAST_GENERATION),
  writeId: z.string().max(LONGEST_TEXT),
  spentRefreshToken: z.string().min(1).max(LONGEST_TEXT).optional(),
});

/**
 * The same if one of them is damaged. They are written back, so that the tokens can be used again once the damage is
 * repaired. Without its own column it is unknown whether the refresh token is spent: the column then stays damaged (empty)
 * until a login, or the operator, replaces it.
 */
const damagedSchema = z.object({
  generation: z.int().nonnegative().max(LAST_UNSEALED_GENERATION).catch(0),
  writeId: z.string().max(LONGEST_TEXT).catch(''),
  spentRefreshToken: z.string().max(LONGEST_TEXT).optional().catch(''),
});

const entitySchema = z.looseObject({
  partitionKey: z.string(),
  source: kind,
  refreshedAt: moment,
  trigger: z.enum(['timer', 'caller', 'report']).optional().catch(undefined),
  createdAt: moment,
  updatedAt: moment,
  leaseId: text,
  leaseExpiresAt: moment,
  attemptKind: kind,
  attemptStartedAt: moment,
  consecutiveFailures: count,
  lastFailureCode: text,
  nextAttemptAt: moment,
  retryAfterUntil: moment,
  unreadableReplacedAt: moment,
  loginBreaker: z.string().optional().catch(undefined),
  lastCheckAt: moment,
  history: z.string().optional().catch(undefined),
});
type ParsedEntity = z.infer<typeof entitySchema>;

const breakerSchema = z.object({
  refusals: z.int().positive(),
  code: z.string(),
  nextLoginAtMs: z.int(),
  fingerprint: z.string(),
});

/** The row as it is written. Absent values are left out: a write replaces the whole entity. */
export function toEntity(row: TokenRow, ring: KeyRing): TokenEntity {
  const set = row.tokens.state === 'held' ? row.tokens.set : undefined;
  const columns: Record<string, EntityValue | undefined> = {
    updating: row.lease !== undefined,
    generation: row.generation,
    writeId: row.writeId,
    source: row.source,
    accessTokenExpiresAt: isoOf(set?.accessExpiresAtMs),
    refreshTokenExpiresAt: isoOf(set?.refreshExpiresAtMs),
    refreshedAt: isoOf(row.refreshedAtMs),
    trigger: row.trigger,
    createdAt: isoOf(row.createdAtMs),
    updatedAt: isoOf(row.updatedAtMs),
    leaseId: row.lease?.id,
    leaseExpiresAt: isoOf(row.lease?.expiresAtMs),
    attemptKind: row.attempt?.kind,
    attemptStartedAt: isoOf(row.attempt?.startedAtMs),
    spentRefreshToken: row.spentRefreshToken,
    consecutiveFailures: row.consecutiveFailures,
    lastFailureCode: row.lastFailureCode,
    nextAttemptAt: isoOf(row.nextAttemptAtMs),
    retryAfterUntil: isoOf(row.retryAfterUntilMs),
    unreadableReplacedAt: isoOf(row.unreadableReplacedAtMs),
    loginBreaker: row.loginBreaker && seal(JSON.stringify(row.loginBreaker), breakerContext(row), ring),
    lastCheckAt: isoOf(row.lastCheckAtMs),
    history: toHistoryColumn(row.history),
  };
  return { ...defined(columns), ...tokenColumns(row.tokens, row, ring), partitionKey: row.account, rowKey: ROW_KEY };
}

/** The same without what a table that refuses the row may refuse it for: the pair, and the columns that decide. */
export function essentialEntity(entity: TokenEntity): TokenEntity {
  const { history: _history, jsonData: _jsonData, lastFailureCode: _code, ...essential } = entity;
  return essential;
}

/**
 * The row that an entity is. A damaged column that only informs counts as absent. If a damaged column decides about the
 * tokens, they count as unreadable; a login repairs the row.
 *
 * @throws {z.ZodError} if it is no entity at all
 */
export function fromEntity(entity: unknown, ring: KeyRing): TokenRow {
  const columns = entitySchema.parse(entity);
  const deciding = readDeciding(columns, ring);
  const { partitionKey: account } = columns;
  return {
    account,
    ...deciding,
    source: columns.source,
    refreshedAtMs: columns.refreshedAt,
    trigger: columns.trigger,
    createdAtMs: columns.createdAt ?? 0,
    updatedAtMs: columns.updatedAt ?? 0,
    lease: leaseOf(columns),
    attempt: attemptOf(columns),
    consecutiveFailures: columns.consecutiveFailures,
    lastFailureCode: columns.lastFailureCode,
    nextAttemptAtMs: columns.nextAttemptAt,
    retryAfterUntilMs: columns.retryAfterUntil,
    unreadableReplacedAtMs: columns.unreadableReplacedAt,
    loginBreaker: readBreaker(columns.loginBreaker, { account, generation: deciding.generation }, ring),
    lastCheckAtMs: columns.lastCheckAt,
    history: readHistory(columns.history),
  };
}

type Deciding = Pick<TokenRow, 'generation' | 'writeId' | 'spentRefreshToken' | 'tokens'>;

function readDeciding(columns: ParsedEntity, ring: KeyRing): Deciding {
  const parsed = decidingSchema.safeParse(columns);
  if (parsed.success) {
    const { generation, writeId, spentRefreshToken } = parsed.data;
    const tokens = readTokens(columns, { account: columns.partitionKey, generation }, ring);
    if (tokens.state === 'held' || generation <= LAST_UNSEALED_GENERATION) {
      return { generation, writeId, spentRefreshToken, tokens };
    }
  }
  const tokens: StoredTokens = { state: 'unreadable', reason: 'damaged', sealed: sealedColumnsOf(columns) };
  const { generation, writeId, spentRefreshToken } = damagedSchema.parse(columns);
  return { generation, writeId, spentRefreshToken, tokens };
}

/** A lease without a readable end counts as ended: it must not hold for ever. */
function leaseOf({ leaseId, leaseExpiresAt }: ParsedEntity): TokenRow['lease'] {
  return leaseId === undefined ? undefined : { id: leaseId, expiresAtMs: leaseExpiresAt ?? 0 };
}

function attemptOf({ attemptKind, attemptStartedAt }: ParsedEntity): TokenRow['attempt'] {
  if (attemptKind === undefined || attemptStartedAt === undefined) return undefined;
  return { kind: attemptKind, startedAtMs: attemptStartedAt };
}

type RowIdentity = Pick<TokenRow, 'account' | 'generation'>;

/** The breaker is encrypted: write access to the table alone must not be enough to block logins for hours. */
function breakerContext({ account, generation }: RowIdentity) {
  return { account, generation, column: 'loginBreaker' } as const;
}

/** A breaker that cannot be decrypted is closed. */
function readBreaker(column: string | undefined, row: RowIdentity, ring: KeyRing): LoginBreaker | undefined {
  const opened = column === undefined ? undefined : open(column, breakerContext(row), ring);
  return opened?.ok ? breakerSchema.optional().catch(undefined).parse(parseJson(opened.value)) : undefined;
}

function isoOf(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toIso(ms);
}

function defined<T>(record: Record<string, T | undefined>): Record<string, T> {
  const result: Record<string, T> = {};
  for (const [name, value] of Object.entries(record)) if (value !== undefined) result[name] = value;
  return result;
}
