/** One valid example of each thing that the units read; a test overrides the one field it is about. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Caller } from '../src/callers/caller-store.ts';
import { type KeyRing, readKeyRing } from '../src/settings/key-ring.ts';
import type { TokenSet } from '../src/quartile/token-set.ts';
import type { TokenRow } from '../src/store/token-store.ts';

/** The moment at which the tests of pure units happen: 15 January 2026, 12:00 UTC. */
export const NOW_MS = Date.UTC(2026, 0, 15, 12);

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A key of a ring, as settings write it; its bytes are made from its id. */
export function keySetting(id: string): string {
  return `${id}:${createHash('sha256').update(id).digest('base64')}`;
}

/** A ring of keys with these ids. */
export function keyRing(...ids: string[]): KeyRing {
  const reading = readKeyRing(ids.map(keySetting).join(','), { inAzure: false });
  assert.ok(reading.ok);
  return reading.value;
}

type Fields = Readonly<Record<string, unknown>>;

/** Only what is required; `undefined` takes a setting away. */
export function validEnv(overrides: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    QUARTILE_SUBSCRIPTION_KEY: 'subscription-key',
    QUARTILE_USERNAME: 'someone@example.com',
    QUARTILE_PASSWORD: 'password',
    AzureWebJobsStorage: 'UseDevelopmentStorage=true',
    TOKEN_ENCRYPTION_KEYS: keySetting('first'),
    ...overrides,
  };
}

/** An unsigned JWT that claims to end at `exp` (seconds, where it is what it should be); no claim for `undefined`. */
export function jwtWith(exp: unknown): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ sub: 'someone', exp })}.signature`;
}

/** What Quartile answers to login and refresh; `undefined` takes a field away. */
export function upstreamAnswer({
  authorization = {},
  refresh = {},
  ...others
}: Fields & { authorization?: Fields; refresh?: Fields } = {}): Record<string, unknown> {
  return {
    authorization: { token: 'access-token', type: 'Bearer', expires_in: 43_200, ...authorization },
    refresh: { token: 'refresh-token', expires_in: 1_209_600, ...refresh },
    ...others,
  };
}

/** A pair with half its life behind it. */
export function tokenSet(overrides: Partial<TokenSet> = {}): TokenSet {
  return {
    accessToken: 'access-token',
    accessExpiresAtMs: NOW_MS + 6 * HOUR_MS,
    refreshToken: 'refresh-token',
    refreshExpiresAtMs: NOW_MS + 13 * DAY_MS,
    notBeforeMs: undefined,
    rest: { authorization: { type: 'Bearer' }, refresh: {} },
    ...overrides,
  };
}

/** A row at rest, its last rotation a refresh that went well. */
export function tokenRow(overrides: Partial<TokenRow> = {}): TokenRow {
  return {
    account: 'default',
    generation: 7,
    tokens: { state: 'held', set: tokenSet() },
    source: 'refresh',
    refreshedAtMs: NOW_MS - 6 * HOUR_MS,
    trigger: 'timer',
    createdAtMs: NOW_MS - 30 * DAY_MS,
    updatedAtMs: NOW_MS - 6 * HOUR_MS,
    lease: undefined,
    attempt: { kind: 'refresh', startedAtMs: NOW_MS - 6 * HOUR_MS - 800 },
    spentRefreshToken: undefined,
    consecutiveFailures: 0,
    lastFailureCode: undefined,
    nextAttemptAtMs: undefined,
    retryAfterUntilMs: undefined,
    unreadableReplacedAtMs: undefined,
    loginBreaker: undefined,
    lastCheckAtMs: undefined,
    history: [],
    writeId: 'write-7',
    ...overrides,
  };
}

/** The row whose pair differs in some fields. */
export function rowHolding(set: Partial<TokenSet>, overrides: Partial<TokenRow> = {}): TokenRow {
  return tokenRow({ tokens: { state: 'held', set: tokenSet(set) }, ...overrides });
}

/** A caller that never logged in. No known secret has its hash. */
export function caller(overrides: Partial<Caller> = {}): Caller {
  return {
    name: 'worker',
    secretHash: `sha256:${'B'.repeat(42)}A`,
    credentialId: 'credential-1',
    createdAtMs: NOW_MS - 30 * DAY_MS,
    disabled: false,
    lastLoginAtMs: undefined,
    ...overrides,
  };
}
