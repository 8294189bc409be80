import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readTokenSet } from '../../src/quartile/token-set.ts';
import { fromEntity, toEntity } from '../../src/store/entity.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { jwtWith, NOW_MS, rowHolding, tokenRow, upstreamAnswer } from '../fixtures.ts';

const LONGEST = 32_768;

/** As the table gives it back: through JSON, with properties of its own. */
function stored(row: TokenRow): Record<string, unknown> {
  const entity: Record<string, unknown> = JSON.parse(JSON.stringify(toEntity(row)));
  return { ...entity, etag: 'W/"1"', timestamp: '2026-01-15T12:00:00.123Z' };
}

function damaged(overrides: Record<string, unknown>) {
  return fromEntity({ ...stored(tokenRow()), ...overrides });
}

function tokenColumnsOf(entity: Record<string, unknown>): string[] {
  return Object.keys(entity).filter((name) => /^tokens\d*$/.test(name));
}

const ms = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) });
const text = fc.string({ minLength: 1 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const kind = fc.constantFrom('login' as const, 'refresh' as const);
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
const set = fc.record({
  accessToken: text,
  accessExpiresAtMs: ms,
  refreshToken: text,
  refreshExpiresAtMs: ms,
  notBeforeMs: optional(ms),
  rest: json,
});
const rows: fc.Arbitrary<TokenRow> = fc.record({
  account: text,
  generation: fc.nat(),
  tokens: fc.oneof(fc.constant({ state: 'none' as const }), fc.record({ state: fc.constant('held' as const), set })),
  source: optional(kind),
  refreshedAtMs: optional(ms),
  createdAtMs: ms,
  updatedAtMs: ms,
  lease: optional(fc.record({ id: text, expiresAtMs: ms })),
  attempt: optional(fc.record({ kind, startedAtMs: ms })),
  spentRefreshToken: optional(text),
  consecutiveFailures: fc.nat(),
  lastFailureCode: optional(text),
  writeId: text,
});

describe('a row in the table', () => {
  it('comes back as it was written', () => {
    fc.assert(fc.property(rows, (row) => assert.deepEqual(fromEntity(stored(row)), row)));
  });

  it("has the tutorial's columns and ours, times as ISO 8601 in UTC", () => {
    const {
      tokens: _tokens,
      jsonData: _jsonData,
      ...columns
    } = toEntity(
      tokenRow({ lease: { id: 'l', expiresAtMs: NOW_MS }, spentRefreshToken: 'hash', lastFailureCode: 'http_500' }),
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
      createdAt: '2025-12-16T12:00:00.000Z',
      updatedAt: '2026-01-15T06:00:00.000Z',
      leaseId: 'l',
      leaseExpiresAt: '2026-01-15T12:00:00.000Z',
      attemptKind: 'refresh',
      attemptStartedAt: '2026-01-15T05:59:59.200Z',
      spentRefreshToken: 'hash',
      consecutiveFailures: 0,
      lastFailureCode: 'http_500',
    });
    assert.equal(toEntity(tokenRow()).updating, false);
  });

  const upstream = fc.record({
    life: fc.double({ min: 0 }),
    exp: fc.double({ min: 0 }),
    notBefore: fc.double({ min: 0 }),
  });
  it('can be read again, whatever lives the upstream gave its tokens', () => {
    fc.assert(
      fc.property(upstream, ({ life, exp, notBefore }) => {
        const authorization = { token: jwtWith(exp), expires_in: life, not_before: notBefore };
        const received = readTokenSet(upstreamAnswer({ authorization, refresh: { expires_in: life } }), NOW_MS);
        if (received) assert.equal(fromEntity(stored(rowHolding(received)))?.tokens.state, 'held');
      }),
    );
  });
});

describe('a long pair', () => {
  /** A row whose pair, as JSON, has exactly this length. */
  function rowOfLength(length: number): TokenRow {
    const shortest = String(toEntity(rowHolding({ accessToken: 'x' })).tokens).length;
    return rowHolding({ accessToken: 'x'.repeat(length - shortest + 1) });
  }
  const lengths = [LONGEST - 1, LONGEST, LONGEST + 1, 2 * LONGEST, 2 * LONGEST + 1, 100_000];
  for (const length of lengths) {
    it(`of ${length} characters takes as many columns as it needs`, () => {
      const entity = stored(rowOfLength(length));
      assert.equal(tokenColumnsOf(entity).length, Math.ceil(length / LONGEST));
      for (const value of Object.values(entity)) assert.ok(String(value).length <= LONGEST);
      assert.deepEqual(fromEntity(entity), rowOfLength(length));
    });
  }

  for (const length of [32_767, LONGEST, 32_769, 100_000]) {
    it(`of tokens with ${length} characters each comes back whole`, () => {
      const row = rowHolding({ accessToken: 'a'.repeat(length), refreshToken: 'ü'.repeat(length) });
      for (const value of Object.values(toEntity(row))) assert.ok(String(value).length <= LONGEST);
      assert.deepEqual(fromEntity(stored(row)), row);
    });
  }

  it('leaves no column behind when a short one takes its place', () => {
    const long = fromEntity(stored(rowOfLength(100_000)));
    assert.ok(long);
    assert.deepEqual(tokenColumnsOf(stored({ ...long, tokens: tokenRow().tokens })), ['tokens']);
    assert.deepEqual(tokenColumnsOf(stored({ ...long, tokens: { state: 'none' } })), []);
  });

  it('keeps jsonData as long as it fits, and is saved without it where it does not', () => {
    const quotes = 2;
    const fitting = rowHolding({ rest: 'x'.repeat(LONGEST - quotes) });
    assert.deepEqual(fromEntity(stored(fitting)), fitting);
    const tooLong = stored(rowHolding({ rest: 'x'.repeat(LONGEST - quotes + 1) }));
    assert.ok(!('jsonData' in tooLong));
    assert.deepEqual(fromEntity(tooLong), rowHolding({ rest: undefined }));
  });
});

describe('a damaged row', () => {
  const informing: [column: string, values: unknown[], field: keyof TokenRow, read: unknown][] = [
    ['source', ['guess', 5, null], 'source', undefined],
    ['refreshedAt', ['yesterday', 5, '2026-02-30T00:00:00Z', null], 'refreshedAtMs', undefined],
    ['createdAt', ['', undefined], 'createdAtMs', 0],
    ['updatedAt', [true, undefined], 'updatedAtMs', 0],
    ['attemptKind', ['guess', undefined], 'attempt', undefined],
    ['attemptStartedAt', ['now', undefined], 'attempt', undefined],
    ['consecutiveFailures', [-1, 1.5, 'many', undefined], 'consecutiveFailures', 0],
    ['lastFailureCode', ['', 5], 'lastFailureCode', undefined],
  ];
  for (const [column, values, field, read] of informing) {
    it(`is read without its ${column}`, () => {
      for (const value of values) assert.deepEqual(damaged({ [column]: value }), { ...tokenRow(), [field]: read });
    });
  }

  it('has a lease that has ended, where its end cannot be read', () => {
    for (const leaseExpiresAt of ['for ever', undefined]) {
      assert.deepEqual(damaged({ leaseId: 'l', leaseExpiresAt })?.lease, { id: 'l', expiresAtMs: 0 });
    }
    assert.equal(damaged({ leaseExpiresAt: '2026-01-15T12:00:00Z', updating: true })?.lease, undefined);
  });

  it('goes by the sealed expiries, not by the columns that show them', () => {
    const shown = { accessTokenExpiresAt: '2099-01-01T00:00:00.000Z', refreshTokenExpiresAt: 'never', jsonData: '{' };
    assert.deepEqual(damaged(shown), rowHolding({ rest: undefined }));
  });

  const needed = { generation: ['7', -1, 1.5, null, undefined], writeId: [5, undefined], partitionKey: [5, undefined] };
  for (const [column, values] of Object.entries(needed)) {
    it(`is none without its ${column}`, () => {
      for (const value of values) assert.equal(damaged({ [column]: value }), undefined);
    });
  }

  const whole = String(toEntity(tokenRow()).tokens);
  const unreadable = [
    ['garbage'],
    ['{"accessToken":"a"}'],
    [whole.replace('access-token', '')],
    [whole, 'x'],
    ['{', '"', '}'],
  ];
  for (const chunks of unreadable) {
    it(`keeps tokens that it cannot read: ${chunks.join(' ')}`, () => {
      const columns = Object.fromEntries(
        chunks.map((chunk, index) => [`tokens${index === 0 ? '' : index + 1}`, chunk]),
      );
      const row = damaged(columns);
      assert.deepEqual(row?.tokens, { state: 'unreadable', chunks });
      const { tokens, tokens2, tokens3, tokens4 } = stored(row);
      assert.deepEqual([tokens, tokens2, tokens3, tokens4].slice(0, chunks.length), chunks);
      assert.equal([tokens, tokens2, tokens3, tokens4][chunks.length], undefined);
    });
  }

  it('is none at all where it is no entity', () => {
    for (const entity of [undefined, null, 'x', [], {}]) assert.equal(fromEntity(entity), undefined);
  });
});
