import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { seal, type SealContext } from '../../src/store/sealed-column.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, keyRing, NOW_MS, tokenRow } from '../fixtures.ts';
import { asRead, read, RING, stored } from './stored-entity.ts';

function damaged(overrides: Record<string, unknown>) {
  return read({ ...stored(tokenRow()), ...overrides });
}

const past = { atMs: NOW_MS, trigger: 'timer', kind: 'login', outcome: 'done', ms: 812 } as const;

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
    ['nextAttemptAt', ['soon', 5, null], 'nextAttemptAtMs', undefined],
    ['retryAfterUntil', ['soon', true], 'retryAfterUntilMs', undefined],
    ['lastCheckAt', ['', 5, null], 'lastCheckAtMs', undefined],
    ['history', ['', 'x', '{}', '[1]', '[{"at":"now"}]', 5], 'history', []],
  ];
  for (const [column, values, field, value] of informing) {
    it(`is read without its ${column}`, () => {
      const expected = asRead({ ...tokenRow(), [field]: value });
      for (const wrong of values) assert.deepEqual(damaged({ [column]: wrong }), expected);
    });
  }

  it('has a lease that has ended if the end of the lease cannot be read', () => {
    for (const leaseExpiresAt of ['for ever', undefined]) {
      assert.deepEqual(damaged({ leaseId: 'l', leaseExpiresAt }).lease, { id: 'l', expiresAtMs: 0 });
    }
    assert.equal(damaged({ leaseExpiresAt: '2026-01-15T12:00:00Z', updating: true }).lease, undefined);
  });

  const loginBreaker = { refusals: 2, code: 'credentials_refused', nextLoginAtMs: NOW_MS + HOUR_MS, fingerprint: 'f' };
  it('has no login breaker that was written without the key, moved or damaged: writers must not block logins', () => {
    const sealBreaker = (value: unknown, context: Partial<SealContext> = {}, ring = RING) =>
      seal(JSON.stringify(value), { account: 'default', generation: 7, column: 'loginBreaker', ...context }, ring);
    assert.deepEqual(damaged({ loginBreaker: sealBreaker(loginBreaker) }), asRead(tokenRow({ loginBreaker })));
    const [{ key }] = keyRing('other');
    const wrong: unknown[] = [
      JSON.stringify(loginBreaker),
      sealBreaker(loginBreaker, {}, [{ id: 'main', key }]),
      sealBreaker(loginBreaker, { generation: 6 }),
      sealBreaker(loginBreaker, { column: 'tokens' }),
      sealBreaker({ ...loginBreaker, refusals: 0 }),
      sealBreaker({ ...loginBreaker, nextLoginAtMs: 'never' }),
      sealBreaker({ ...loginBreaker, fingerprint: undefined }),
      sealBreaker(null),
      '',
      5,
    ];
    for (const column of wrong) assert.deepEqual(damaged({ loginBreaker: column }), asRead(tokenRow()), String(column));
  });

  it('has bounded texts and counters', () => {
    const long = 'x'.repeat(32_768);
    const row = damaged({ lastFailureCode: long, leaseId: long, consecutiveFailures: 2_147_483_647 });
    const short = 'x'.repeat(80);
    assert.deepEqual([row.lastFailureCode, row.lease?.id, row.consecutiveFailures], [short, short, 1_000_000]);
  });

  it('uses the encrypted expiries, not the columns that show them', () => {
    const shown = { accessTokenExpiresAt: '2099-01-01T00:00:00.000Z', refreshTokenExpiresAt: 'never', jsonData: '{' };
    assert.deepEqual(damaged(shown), asRead(tokenRow()));
  });

  const needed = {
    spentRefreshToken: ['', 5, null],
    generation: ['7', -1, 1.5, 2_147_483_647, null, undefined],
    writeId: [5, undefined],
  };
  for (const [column, values] of Object.entries(needed)) {
    it(`does not use its tokens with a wrong ${column}, and keeps them`, () => {
      const before = stored(tokenRow({ lastCheckAtMs: NOW_MS }));
      for (const value of values) {
        const row = read({ ...before, [column]: value });
        assert.ok(row.tokens.state === 'unreadable');
        assert.equal(row.tokens.reason, 'damaged');
        assert.deepEqual([row.generation, row.lastCheckAtMs], [column === 'generation' ? 0 : 7, NOW_MS]);
        assert.equal(stored(row).tokens, before.tokens);
      }
    });
  }

  it('has its tokens again after the next write if its writeId was wrong, and still knows which one is spent', () => {
    const spentRefreshToken = 'a hash';
    const row = read({ ...stored(tokenRow({ spentRefreshToken })), writeId: 5 });
    const next = read(stored({ ...row, writeId: 'write-8' }));
    assert.deepEqual(next, asRead(tokenRow({ spentRefreshToken, writeId: 'write-8' })));
  });

  it('does not use them, however often it is written, while it is unknown whether they are spent', () => {
    let entity: Record<string, unknown> = { ...stored(tokenRow()), spentRefreshToken: 5 };
    for (let writes = 0; writes < 3; writes += 1) {
      const row = read(entity);
      assert.equal(row.tokens.state, 'unreadable');
      entity = stored({ ...row, writeId: `write-${writes}` });
    }
    const { spentRefreshToken: _, ...repaired } = entity;
    assert.equal(read(repaired).tokens.state, 'held', 'repaired by hand');
  });

  it('keeps its generation, but without a valid ciphertext not one near the end of the count', () => {
    const generation = 2_147_483_646;
    assert.equal(read(stored(tokenRow({ generation }))).tokens.state, 'held');
    const last = read(stored(tokenRow({ generation: generation + 1 })));
    assert.deepEqual([last.generation, last.tokens.state], [0, 'unreadable'], 'no other could follow it');
    assert.equal(damaged({ generation: 8 }).generation, 8);
    const row = damaged({ generation });
    assert.ok(row.tokens.state === 'unreadable');
    assert.deepEqual([row.generation, row.tokens.reason], [0, 'damaged']);
  });

  const whole = String(stored(tokenRow()).tokens);
  const sealed = (text: string) => seal(text, { account: 'default', generation: 7, column: 'tokens' }, RING);
  const unreadable: [reason: string, ...chunks: string[]][] = [
    ['not_sealed', 'garbage'],
    ['not_sealed', '{"accessToken":"a","accessExpiresAtMs":1,"refreshToken":"r","refreshExpiresAtMs":1}'],
    ['not_sealed', whole.replace('v1', 'v2')],
    ['not_sealed', whole, 'x'],
    ['unknown_key', whole.replace('main', 'other')],
    ['not_authentic', whole.slice(0, -8)],
    ['not_authentic', 'v1.main.AAAA'],
    ['damaged', sealed('{"accessToken":"a"}')],
    ['damaged', sealed('no JSON')],
  ];
  for (const [index, [reason, ...chunks]] of unreadable.entries()) {
    it(`keeps tokens that cannot be decrypted: ${reason}, case ${index + 1}`, () => {
      const named = chunks.map((chunk, part) => [`tokens${part === 0 ? '' : part + 1}`, chunk] as const);
      const columns = { ...Object.fromEntries(named), jsonData: '{"kept":true}' };
      const row = damaged({ tokens: undefined, ...columns });
      assert.deepEqual(row.tokens, { state: 'unreadable', reason, sealed: columns });
      const { tokens, tokens2, tokens3, jsonData } = stored(row);
      assert.deepEqual([tokens, tokens2, tokens3].slice(0, chunks.length), chunks);
      assert.equal([tokens, tokens2, tokens3][chunks.length], undefined);
      assert.equal(jsonData, '{"kept":true}');
    });
  }

  it('keeps the rest of tokens whose first column is missing', () => {
    const row = damaged({ tokens: undefined, tokens2: 'rest' });
    assert.ok(row.tokens.state === 'unreadable');
    assert.equal(stored(row).tokens2, 'rest');
  });

  it('is refused if it is not an entity', () => {
    for (const entity of [undefined, null, 'x', [], {}, { partitionKey: 5 }]) assert.throws(() => read(entity));
  });

  it('is read and written again, whatever its columns hold', () => {
    const names = fc.constantFrom(
      ...Object.keys(stored(tokenRow({ history: [past] }))),
      'tokens2',
      'leaseId',
      'leaseExpiresAt',
      'x',
    );
    const moment = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
    const json = fc.oneof(
      fc.json(),
      fc.array(fc.constant({ ...past, at: 'now' })).map((list) => JSON.stringify(list)),
    );
    const value = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.string({ unit: 'binary' }), moment, json, fc.bigInt());
    fc.assert(
      fc.property(fc.dictionary(names, value), (columns) => {
        const row = damaged({ ...columns, partitionKey: 'default' });
        assert.doesNotThrow(() => stored(row));
      }),
      { numRuns: 1000 },
    );
  });
});
