import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromEntity, toEntity } from '../../src/store/entity.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { NOW_MS, rowHolding, tokenRow } from '../fixtures.ts';
import { stored } from './stored-entity.ts';

function damaged(overrides: Record<string, unknown>) {
  return fromEntity({ ...stored(tokenRow()), ...overrides });
}

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

  const loginBreaker = { refusals: 2, code: 'subscription_key_refused', nextLoginAtMs: NOW_MS, fingerprint: 'f' };
  it('has no login breaker where that cannot be read whole: it must not hold for ever', () => {
    const refused = stored(tokenRow({ loginBreaker }));
    const wrong = { loginRefusals: [0, 'x', undefined], nextLoginAt: ['never', undefined], refusedFingerprint: [''] };
    for (const [column, values] of Object.entries(wrong)) {
      for (const value of values) assert.deepEqual(fromEntity({ ...refused, [column]: value }), tokenRow());
    }
  });

  it('has a login breaker whose code only informs', () => {
    const row = fromEntity({ ...stored(tokenRow({ loginBreaker })), loginRefusalCode: 5 });
    assert.deepEqual(row?.loginBreaker, { ...loginBreaker, code: 'credentials_refused' });
  });

  it('goes by the sealed expiries, not by the columns that show them', () => {
    const shown = { accessTokenExpiresAt: '2099-01-01T00:00:00.000Z', refreshTokenExpiresAt: 'never', jsonData: '{' };
    assert.deepEqual(damaged(shown), rowHolding({ rest: undefined }));
  });

  const needed = {
    spentRefreshToken: ['', 5, null],
    generation: ['7', -1, 1.5, null, undefined],
    writeId: [5, undefined],
    partitionKey: [5, undefined],
  };
  for (const [column, values] of Object.entries(needed)) {
    it(`is none with a wrong ${column}`, () => {
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
      const named = chunks.map((chunk, index) => [`tokens${index === 0 ? '' : index + 1}`, chunk] as const);
      const columns = { ...Object.fromEntries(named), jsonData: '{"kept":true}' };
      const row = damaged(columns);
      assert.deepEqual(row?.tokens, { state: 'unreadable', columns });
      const { tokens, tokens2, tokens3, tokens4, jsonData } = stored(row);
      assert.deepEqual([tokens, tokens2, tokens3, tokens4].slice(0, chunks.length), chunks);
      assert.equal([tokens, tokens2, tokens3, tokens4][chunks.length], undefined);
      assert.equal(jsonData, '{"kept":true}');
    });
  }

  it('keeps what is left of tokens whose first column is gone', () => {
    const row = damaged({ tokens: undefined, tokens2: 'rest' });
    assert.ok(row?.tokens.state === 'unreadable');
    assert.equal(stored(row).tokens2, 'rest');
  });

  it('is none at all where it is no entity', () => {
    for (const entity of [undefined, null, 'x', [], {}]) assert.equal(fromEntity(entity), undefined);
  });
});
