/**
 * A token row as an entity of Azure Table Storage, and back. No I/O, no clock.
 *
 * The columns of the tutorial live on (`updating`, `accessTokenExpiresAt`, `createdAt`, `updatedAt`, `tokens`,
 * `jsonData`). What decides lies sealed in `tokens`; the other columns that repeat it are for show and queries.
 */
import * as z from 'zod';
import type { KeyRing } from '../settings/key-ring.ts';
import { readHistory, toHistoryColumn } from './history-column.ts';
import { readTokens, storedTokenColumns, tokenColumns } from './token-columns.ts';
import type { StoredTokens, TokenRow } from './token-store.ts';

/** Every account has one row with this RowKey in its partition. */
export const ROW_KEY = 'token';

type EntityValue = string | number | boolean;
export type TokenEntity = { partitionKey: string; rowKey: string } & Record<string, EntityValue>;

const moment = z.iso
  .datetime()
  .transform((text) => Date.parse(text))
  .optional()
  .catch(undefined);
const text = z.string().min(1).optional().catch(undefined);
const kind = z.enum(['login', 'refresh']).optional().catch(undefined);

/** The last generation that can be counted up: the column is an Int32. */
const LAST_GENERATION = 2_147_483_646;

/** One that no seal vouches for is not believed beyond this, so that nobody without a key can bring the count to its end. */
const LAST_UNSEALED_GENERATION = 1_000_000_000;

/** What decides whether the tokens may be used, and cannot be mended by reading it as absent. */
const keystoneSchema = z.object({
  generation: z.int().nonnegative().max(LAST_GENERATION),
  writeId: z.string(),
  spentRefreshToken: z.string().min(1).optional(),
});

/**
 * What is left of it where some of it is damaged: written back, so that the tokens open again once that is mended.
 * Whether the refresh token is spent nobody can say without its column: that one stays damaged (it is never empty), until
 * a login or a hand mends it.
 */
const damagedKeystoneSchema = z.object({
  generation: z.int().nonnegative().max(LAST_UNSEALED_GENERATION).catch(0),
  writeId: z.string().catch(''),
  spentRefreshToken: z.string().optional().catch(''),
});

const entitySchema = z.looseObject({
  partitionKey: z.string(),
  source: kind,
  refreshedAt: moment,
  createdAt: moment,
  updatedAt: moment,
  leaseId: text,
  leaseExpiresAt: moment,
  attemptKind: kind,
  attemptStartedAt: moment,
  consecutiveFailures: z.int().nonnegative().catch(0),
  lastFailureCode: text,
  nextAttemptAt: moment,
  retryAfterUntil: moment,
  unreadableReplacedAt: moment,
  loginRefusals: z.int().positive().optional().catch(undefined),
  loginRefusalCode: text,
  nextLoginAt: moment,
  refusedFingerprint: text,
  lastCheckAt: moment,
  history: text,
});
type ParsedEntity = z.infer<typeof entitySchema>;

/** The row as it is written: absent values are left out, because a replaced entity loses what is not in it. */
export function toEntity(row: TokenRow, ring: KeyRing): TokenEntity {
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
    nextAttemptAt: toIso(row.nextAttemptAtMs),
    retryAfterUntil: toIso(row.retryAfterUntilMs),
    unreadableReplacedAt: toIso(row.unreadableReplacedAtMs),
    loginRefusals: row.loginBreaker?.refusals,
    loginRefusalCode: row.loginBreaker?.code,
    nextLoginAt: toIso(row.loginBreaker?.nextLoginAtMs),
    refusedFingerprint: row.loginBreaker?.fingerprint,
    lastCheckAt: toIso(row.lastCheckAtMs),
    history: toHistoryColumn(row.history),
  };
  return { ...defined(columns), ...tokenColumns(row.tokens, row, ring), partitionKey: row.account, rowKey: ROW_KEY };
}

/**
 * The row that an entity is. Damaged columns that only inform read as absent; where one is damaged that decides whether
 * the tokens may be used, they count as unreadable, and a login makes the row whole again.
 *
 * @throws {z.ZodError} where it is no entity at all
 */
export function fromEntity(entity: unknown, ring: KeyRing): TokenRow {
  const columns = entitySchema.parse(entity);
  return { ...readColumns(columns), ...readKeystone(columns, ring) };
}

type Keystone = 'generation' | 'writeId' | 'spentRefreshToken' | 'tokens';

function readKeystone(columns: ParsedEntity, ring: KeyRing): Pick<TokenRow, Keystone> {
  const parsed = keystoneSchema.safeParse(columns);
  if (parsed.success) {
    const { generation, writeId, spentRefreshToken } = parsed.data;
    const tokens = readTokens(columns, { account: columns.partitionKey, generation }, ring);
    if (tokens.state === 'held' || generation <= LAST_UNSEALED_GENERATION) {
      return { generation, writeId, spentRefreshToken, tokens };
    }
  }
  const tokens: StoredTokens = { state: 'unreadable', reason: 'damaged', columns: storedTokenColumns(columns) };
  const { generation, writeId, spentRefreshToken } = damagedKeystoneSchema.parse(columns);
  return { generation, writeId, spentRefreshToken, tokens };
}

function readColumns(columns: ParsedEntity): Omit<TokenRow, Keystone> {
  return {
    account: columns.partitionKey,
    source: columns.source,
    refreshedAtMs: columns.refreshedAt,
    createdAtMs: columns.createdAt ?? 0,
    updatedAtMs: columns.updatedAt ?? 0,
    lease: leaseOf(columns),
    attempt:
      columns.attemptKind && columns.attemptStartedAt !== undefined
        ? { kind: columns.attemptKind, startedAtMs: columns.attemptStartedAt }
        : undefined,
    consecutiveFailures: columns.consecutiveFailures,
    lastFailureCode: columns.lastFailureCode,
    nextAttemptAtMs: columns.nextAttemptAt,
    retryAfterUntilMs: columns.retryAfterUntil,
    unreadableReplacedAtMs: columns.unreadableReplacedAt,
    loginBreaker: breakerOf(columns),
    lastCheckAtMs: columns.lastCheckAt,
    history: readHistory(columns.history),
  };
}

/** A lease without a readable end counts as ended: it must not hold for ever. */
function leaseOf({ leaseId, leaseExpiresAt }: ParsedEntity): TokenRow['lease'] {
  return leaseId === undefined ? undefined : { id: leaseId, expiresAtMs: leaseExpiresAt ?? 0 };
}

/** A breaker that cannot be read whole is none: it must not keep anybody from logging in for ever. */
function breakerOf({ loginRefusals, loginRefusalCode, nextLoginAt, refusedFingerprint }: ParsedEntity) {
  if (loginRefusals === undefined || nextLoginAt === undefined || refusedFingerprint === undefined) return undefined;
  return {
    refusals: loginRefusals,
    code: loginRefusalCode ?? 'credentials_refused',
    nextLoginAtMs: nextLoginAt,
    fingerprint: refusedFingerprint,
  };
}

function toIso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

function defined<T>(record: Record<string, T | undefined>): Record<string, T> {
  const result: Record<string, T> = {};
  for (const [name, value] of Object.entries(record)) if (value !== undefined) result[name] = value;
  return result;
}
