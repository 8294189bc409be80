import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { readTokenSet } from '../../src/quartile/token-set.ts';
import { fromEntity, toEntity } from '../../src/store/entity.ts';
import { open, type SealContext } from '../../src/store/sealed-column.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { jwtWith, keyRing, NOW_MS, rowHolding, tokenRow, tokenSet, upstreamAnswer } from '../fixtures.ts';
import { asRead, read, RING, stored } from './stored-entity.ts';

const LONGEST = 32_768;

function tokenColumnsOf(entity: Record<string, unknown>): string[] {
  return Object.keys(entity).filter((name) => /^tokens\d*$/.test(name));
}

const ms = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
const text = fc.string({ minLength: 1, maxLength: 80 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const kind = fc.constantFrom('login' as const, 'refresh' as const);
const set = fc.record({
  accessToken: text,
  accessExpiresAtMs: ms,
  refreshToken: text,
  refreshExpiresAtMs: ms,
});
const fields: fc.Arbitrary<TokenRow> = fc.record({
  account: text,
  generation: fc.nat({ max: 1_000_000_000 }),
  tokens: fc.record({ state: fc.constant('held' as const), set }),
  source: optional(kind),
  refreshedAtMs: optional(ms),
  trigger: optional(fc.constantFrom('timer' as const, 'caller' as const, 'report' as const)),
  createdAtMs: ms,
  updatedAtMs: ms,
  lease: optional(fc.record({ id: text, expiresAtMs: ms })),
  attempt: optional(fc.record({ kind, startedAtMs: ms })),
  spentRefreshToken: optional(text),
  consecutiveFailures: fc.nat({ max: 1_000_000 }),
  lastFailureCode: optional(text),
  nextAttemptAtMs: optional(ms),
  retryAfterUntilMs: optional(ms),
  unreadableReplacedAtMs: optional(ms),
  loginBreaker: optional(
    fc.record({ refusals: fc.integer({ min: 1 }), code: text, nextLoginAtMs: ms, fingerprint: text }),
  ),
  lastCheckAtMs: optional(ms),
  history: fc.array(fc.record({ atMs: ms, trigger: text, kind, outcome: text, ms: fc.nat({ max: 86_400_000 }) }), {
    maxLength: 48,
  }),
  writeId: text,
});
/** The same with plain objects in them, as rows are; some have no pair yet. */
const rows = fc
  .tuple(fields, fc.boolean())
  .map(([row, isNew]) => structuredClone(isNew ? { ...row, generation: 0, tokens: { state: 'none' as const } } : row));

describe('a row in the table', () => {
  it('is read as it was written', () => {
    fc.assert(fc.property(rows, (row) => assert.deepEqual(read(stored(row)), row)));
  });

  it("has the tutorial's columns and ours, times as ISO 8601 in UTC", () => {
    const {
      tokens: _tokens,
      jsonData: _jsonData,
      loginBreaker,
      ...columns
    } = toEntity(
      tokenRow({
        lease: { id: 'l', expiresAtMs: NOW_MS },
        spentRefreshToken: 'hash',
        lastFailureCode: 'http_500',
        nextAttemptAtMs: NOW_MS + 5_000,
        retryAfterUntilMs: NOW_MS + 4_000,
        unreadableReplacedAtMs: NOW_MS - 2_000,
        loginBreaker: { refusals: 2, code: 'credentials_refused', nextLoginAtMs: NOW_MS + 6_000, fingerprint: 'f' },
        lastCheckAtMs: NOW_MS - 1_000,
        history: [{ atMs: NOW_MS, trigger: 'timer', kind: 'login', outcome: 'done', ms: 812 }],
      }),
      RING,
    );
    assert.deepEqual(columns, {
      partitionKey: 'default',
      rowKey: 'token',
      updating: true,
      generation: 7,
      writeId: 'write-7',
      source: 'refresh',
      accessTokenExpiresAt: '2026-01-15T18:00:00.000Z',
      refreshTokenExpiresAt: '2026-01-28T12:00:00.000Z',
      refreshedAt: '2026-01-15T06:00:00.000Z',
      trigger: 'timer',
      createdAt: '2025-12-16T12:00:00.000Z',
      updatedAt: '2026-01-15T06:00:00.000Z',
      leaseId: 'l',
      leaseExpiresAt: '2026-01-15T12:00:00.000Z',
      attemptKind: 'refresh',
      attemptStartedAt: '2026-01-15T05:59:59.200Z',
      spentRefreshToken: 'hash',
      consecutiveFailures: 0,
      lastFailureCode: 'http_500',
      nextAttemptAt: '2026-01-15T12:00:05.000Z',
      retryAfterUntil: '2026-01-15T12:00:04.000Z',
      unreadableReplacedAt: '2026-01-15T11:59:58.000Z',
      lastCheckAt: '2026-01-15T11:59:59.000Z',
      history: '[{"at":"2026-01-15T12:00:00.000Z","trigger":"timer","kind":"login","outcome":"done","ms":812}]',
    });
    assert.match(String(loginBreaker), /^v1\.main\./);
    assert.equal(toEntity(tokenRow(), RING).updating, false);
  });

  it('keeps its ciphertext while the pair is the same, and its jsonData is not decrypted for that', () => {
    const entity: Record<string, unknown> = { ...stored(tokenRow()), jsonData: 'not even a ciphertext' };
    const { tokens, jsonData } = toEntity({ ...fromEntity(entity, RING), writeId: 'next' }, keyRing('new', 'main'));
    assert.deepEqual({ tokens, jsonData }, { tokens: entity.tokens, jsonData: entity.jsonData });
  });

  it('has a new ciphertext, under the first key, with a new pair', () => {
    const row = fromEntity(stored(tokenRow()), RING);
    const next = stored({ ...row, generation: 8, tokens: { state: 'held', set: tokenSet() } }, keyRing('new', 'main'));
    assert.match(String(next.tokens), /^v1\.new\./);
    assert.match(String(next.jsonData), /^v1\.new\./);
  });

  it('has the rest of the response in jsonData, encrypted', () => {
    const context: SealContext = { account: 'default', generation: 7, column: 'jsonData' };
    const { jsonData } = stored(rowHolding({ rest: { scope: 'a' } }));
    assert.deepEqual(open(String(jsonData), context, RING), { ok: true, value: '{"scope":"a"}' });
  });

  const upstream = fc.record({
    life: fc.double({ min: 0 }),
    exp: fc.double({ min: 0 }),
    notBefore: fc.double({ min: 0 }),
  });
  it('can be read again, whatever lifetimes Quartile sent', () => {
    fc.assert(
      fc.property(upstream, ({ life, exp, notBefore }) => {
        const authorization = { token: jwtWith(exp), expires_in: life, not_before: notBefore };
        const received = readTokenSet(upstreamAnswer({ authorization, refresh: { expires_in: life } }), NOW_MS);
        if (received) assert.equal(read(stored(rowHolding(received.tokenSet))).tokens.state, 'held');
      }),
    );
  });
});

describe('a long pair', () => {
  /** A row whose sealed pair has exactly this length, a multiple of four, as base64 is. */
  function rowOfLength(length: number): TokenRow {
    const shortest = String(toEntity(rowHolding({ accessToken: 'x' }), RING).tokens).length;
    return rowHolding({ accessToken: 'x'.repeat(((length - shortest) / 4) * 3 + 1) });
  }
  const lengths = [LONGEST - 4, LONGEST, LONGEST + 4, 2 * LONGEST, 2 * LONGEST + 4, 100_000];
  for (const length of lengths) {
    it(`of ${length} characters takes as many columns as it needs`, () => {
      const entity = stored(rowOfLength(length));
      const columns = tokenColumnsOf(entity);
      assert.equal(columns.map((name) => String(entity[name])).join('').length, length);
      assert.equal(columns.length, Math.ceil(length / LONGEST));
      for (const value of Object.values(entity)) assert.ok(String(value).length <= LONGEST);
      assert.deepEqual(read(entity), asRead(rowOfLength(length)));
    });
  }

  for (const length of [32_767, LONGEST, 32_769, 100_000]) {
    it(`of tokens with ${length} characters each is read whole`, () => {
      const row = rowHolding({ accessToken: 'a'.repeat(length), refreshToken: 'ü'.repeat(length) });
      for (const value of Object.values(toEntity(row, RING))) assert.ok(String(value).length <= LONGEST);
      assert.deepEqual(read(stored(row)), asRead(row));
    });
  }

  it('leaves no column behind when a short pair replaces it', () => {
    const long = read(stored(rowOfLength(100_000)));
    assert.deepEqual(tokenColumnsOf(stored({ ...long, tokens: tokenRow().tokens })), ['tokens']);
    assert.deepEqual(tokenColumnsOf(stored({ ...long, tokens: { state: 'none' } })), []);
  });

  it('is saved with jsonData if that fits into one column, and else without it', () => {
    // 24,542 bytes with the quotes, 24,570 with nonce and tag: 32,760 in base64, and 8 for `v1.main.`
    const fitting = rowHolding({ rest: 'x'.repeat(24_540) });
    assert.equal(String(stored(fitting).jsonData).length, LONGEST);
    const tooLong = stored(rowHolding({ rest: 'x'.repeat(24_541) }));
    assert.ok(!('jsonData' in tooLong));
    assert.deepEqual(read(tooLong), asRead(tokenRow()));
  });
});
