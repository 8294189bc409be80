import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideStep, hashRefreshToken } from '../../src/rotation/decide.ts';
import { claimed, failed, newRow, renewed } from '../../src/rotation/row-changes.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, NOW_MS, rowHolding, tokenRow, tokenSet } from '../fixtures.ts';

const stamp = { writeId: 'write-8', nowMs: NOW_MS };
const stamped = { writeId: 'write-8', updatedAtMs: NOW_MS };
const HASH = hashRefreshToken('refresh-token');

/** A row in the middle of an attempt, after two that failed. */
const running: Partial<TokenRow> = {
  lease: { id: 'lease', expiresAtMs: NOW_MS + 80_000 },
  attempt: { kind: 'refresh', startedAtMs: NOW_MS - 10_000 },
  spentRefreshToken: HASH,
  consecutiveFailures: 2,
  lastFailureCode: 'http_500',
};

describe('a new row', () => {
  it('holds nothing, and has no generation yet', () => {
    const row = newRow('somebody', stamp);
    assert.deepEqual(row, {
      ...tokenRow({ account: 'somebody', generation: 0, tokens: { state: 'none' }, createdAtMs: NOW_MS, ...stamped }),
      source: undefined,
      refreshedAtMs: undefined,
      attempt: undefined,
    });
    assert.deepEqual(decideStep(row, { nowMs: NOW_MS, marginMs: HOUR_MS }), { step: 'login' });
  });
});

describe('a claimed row', () => {
  const claim = { lease: { id: 'lease', expiresAtMs: NOW_MS + 90_000 }, ...stamped };

  it('before a refresh names the token about to be sent as spent', () => {
    const row = claimed(tokenRow(), { step: 'refresh', refreshToken: 'refresh-token' }, 'lease', stamp);
    const attempt = { kind: 'refresh', startedAtMs: NOW_MS } as const;
    assert.deepEqual(row, tokenRow({ ...claim, attempt, spentRefreshToken: HASH }));
  });

  it('before a login leaves what was spent before', () => {
    const attempt = { kind: 'login', startedAtMs: NOW_MS } as const;
    for (const spentRefreshToken of [HASH, undefined]) {
      const row = claimed(tokenRow({ spentRefreshToken }), { step: 'login' }, 'lease', stamp);
      assert.deepEqual(row, tokenRow({ ...claim, attempt, spentRefreshToken }));
    }
  });

  it('is waited for, and after its lease logs in: its refresh token is not sent twice', () => {
    const due = rowHolding({ accessExpiresAtMs: NOW_MS });
    const row = claimed(due, { step: 'refresh', refreshToken: 'refresh-token' }, 'lease', stamp);
    assert.equal(decideStep(row, { nowMs: NOW_MS + 94_999, marginMs: HOUR_MS }).step, 'wait');
    assert.equal(decideStep(row, { nowMs: NOW_MS + 95_000, marginMs: HOUR_MS }).step, 'login');
  });
});

describe('a renewed row', () => {
  it('holds the new pair under its generation, and nothing of the attempts before', () => {
    const pair = {
      tokenSet: tokenSet({ accessToken: 'a8', refreshToken: 'r8' }),
      source: 'login',
      generation: 8,
    } as const;
    const expected = rowHolding(pair.tokenSet, { ...stamped, generation: 8, source: 'login', refreshedAtMs: NOW_MS });
    const attempt = { kind: 'refresh', startedAtMs: NOW_MS - 10_000 } as const;
    assert.deepEqual(renewed(tokenRow(running), pair, stamp), { ...expected, attempt });
  });
});

describe('a failed row', () => {
  const code = 'http_503';

  it('keeps its tokens and its generation, ends the lease and counts', () => {
    const row = failed(tokenRow(running), { code, refreshTokenSpent: true }, stamp);
    const counted = { lease: undefined, consecutiveFailures: 3, lastFailureCode: code };
    assert.deepEqual(row, tokenRow({ ...running, ...stamped, ...counted }));
  });

  it('keeps a refresh token that may be spent as such, and no other', () => {
    assert.equal(failed(tokenRow(running), { code, refreshTokenSpent: true }, stamp).spentRefreshToken, HASH);
    assert.equal(failed(tokenRow(running), { code, refreshTokenSpent: false }, stamp).spentRefreshToken, undefined);
    assert.equal(failed(tokenRow(), { code, refreshTokenSpent: true }, stamp).spentRefreshToken, undefined);
  });
});

describe('a row change', () => {
  it('leaves the row it was made from alone', () => {
    const row = tokenRow(running);
    const before = structuredClone(row);
    claimed(row, { step: 'login' }, 'other', stamp);
    renewed(row, { tokenSet: tokenSet(), source: 'login', generation: 8 }, stamp);
    failed(row, { code: 'c', refreshTokenSpent: false }, stamp);
    assert.deepEqual(row, before);
  });
});
