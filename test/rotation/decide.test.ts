import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  accessLifeMs,
  decideStep,
  hashRefreshToken,
  leaseHolds,
  type Occasion,
  type Rules,
} from '../../src/rotation/decide.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS, rowHolding, tokenRow } from '../fixtures.ts';

const TIMER: Occasion = { trigger: 'timer' };
const rules: Rules = { marginMs: HOUR_MS, cooldownMs: 30_000, fingerprints: ['these credentials'] };
const due = { accessExpiresAtMs: NOW_MS + HOUR_MS };
const HASH = createHash('sha256').update('refresh-token').digest('hex');

function decide(row: TokenRow | undefined, occasion = TIMER) {
  return decideStep(row, occasion, rules, { nowMs: NOW_MS });
}

function leaseEndingIn(ms: number): Partial<TokenRow> {
  return { lease: { id: 'lease', expiresAtMs: NOW_MS + ms } };
}

describe('the step that a row calls for', () => {
  const rows: [what: string, row: TokenRow | undefined, step: string][] = [
    ['with more than the margin left', rowHolding({ accessExpiresAtMs: NOW_MS + HOUR_MS + MINUTE_MS + 1 }), 'none'],
    ['with the margin left', rowHolding({ accessExpiresAtMs: NOW_MS + HOUR_MS }), 'refresh'],
    ['with an expired access token', rowHolding({ accessExpiresAtMs: NOW_MS - 1 }), 'refresh'],
    ['that does not exist', undefined, 'login'],
    ['without tokens', tokenRow({ tokens: { state: 'none' } }), 'login'],
    [
      'with unreadable tokens',
      tokenRow({ tokens: { state: 'unreadable', reason: 'not_authentic', sealed: { tokens: 'x' } } }),
      'login',
    ],
    ['whose refresh token has a moment left', rowHolding({ ...due, refreshExpiresAtMs: NOW_MS + 1 }), 'refresh'],
    ['whose refresh token ends now', rowHolding({ ...due, refreshExpiresAtMs: NOW_MS }), 'login'],
    ['whose refresh token may be spent', rowHolding(due, { spentRefreshToken: HASH }), 'login'],
    ['with another refresh token spent', rowHolding(due, { spentRefreshToken: 'another' }), 'refresh'],
    ['with a valid access token, its refresh token spent', tokenRow({ spentRefreshToken: HASH }), 'none'],
    ['with a valid access token, its lease held', tokenRow(leaseEndingIn(60_000)), 'none'],
    ['with a lease that holds', rowHolding(due, leaseEndingIn(60_000)), 'wait'],
    ['with a lease that has ended', rowHolding(due, leaseEndingIn(-60_000)), 'refresh'],
    [
      'whose worker died after it sent the refresh token',
      rowHolding(due, { ...leaseEndingIn(-60_000), spentRefreshToken: HASH }),
      'login',
    ],
    ['that is new, with a lease that holds', tokenRow({ tokens: { state: 'none' }, ...leaseEndingIn(1) }), 'wait'],
  ];
  for (const [what, row, step] of rows) {
    it(`is ${step} for a row ${what}`, () => {
      for (const occasion of [TIMER, { trigger: 'caller' }] as const) assert.equal(decide(row, occasion).step, step);
    });
  }

  it('is due for the timer one minute earlier than for callers', () => {
    const row = rowHolding({ accessExpiresAtMs: NOW_MS + HOUR_MS + MINUTE_MS });
    assert.equal(decide(row).step, 'refresh');
    assert.equal(decide(row, { trigger: 'caller' }).step, 'none');
    const later = rowHolding({ accessExpiresAtMs: NOW_MS + HOUR_MS + 1 });
    assert.equal(decide(later, { trigger: 'caller' }).step, 'none');
  });

  it('is refresh for a pair created over an hour ahead: another clock was wrong', () => {
    const createdAhead = (ms: number) =>
      rowHolding({ accessExpiresAtMs: NOW_MS + ms + 12 * HOUR_MS }, { refreshedAtMs: NOW_MS + ms });
    for (const occasion of [TIMER, { trigger: 'caller' }] as const) {
      assert.equal(decide(createdAhead(HOUR_MS), occasion).step, 'none');
      assert.equal(decide(createdAhead(HOUR_MS + 1), occasion).step, 'refresh');
      assert.equal(decide(createdAhead(30 * DAY_MS), occasion).step, 'refresh');
    }
  });

  it('names the row, or the refresh token to send', () => {
    const row = tokenRow();
    assert.deepEqual(decide(row), { step: 'none', row });
    assert.deepEqual(decide(rowHolding(due)), { step: 'refresh', refreshToken: 'refresh-token' });
    assert.deepEqual(decide(rowHolding(due, leaseEndingIn(60_000))), { step: 'wait' });
  });

  const reports: [what: string, refusedGeneration: number, row: TokenRow | undefined, step: string][] = [
    ['the current generation, however long it is valid', 7, tokenRow(), 'refresh'],
    ['the current generation, its refresh token spent', 7, tokenRow({ spentRefreshToken: HASH }), 'login'],
    ['the current generation while another worker rotates', 7, tokenRow(leaseEndingIn(60_000)), 'wait'],
    ['an older generation', 6, tokenRow(), 'none'],
    ['an older generation while another worker rotates', 6, tokenRow(leaseEndingIn(60_000)), 'none'],
    ['an older generation, the current token expired', 6, rowHolding({ accessExpiresAtMs: NOW_MS }), 'refresh'],
    ["a generation above the row's: the table lost a rotation", 8, tokenRow(), 'login'],
    ['a generation of a row that was deleted', 7, undefined, 'login'],
  ];
  for (const [what, refusedGeneration, row, step] of reports) {
    it(`is ${step} for a report of ${what}`, () => {
      assert.equal(decide(row, { trigger: 'report', refusedGeneration }).step, step);
    });
  }
});

describe('a lease', () => {
  const ends: [endsInMs: number, holds: boolean][] = [
    [60_001, false],
    [60_000, true],
    [15_000, true],
    [0, true],
    [-4_999, true],
    [-5_000, false],
    [-60_000, false],
  ];
  for (const [endsInMs, holds] of ends) {
    it(`that ends in ${endsInMs} ms ${holds ? 'holds' : 'may be taken over'}`, () => {
      assert.equal(leaseHolds(tokenRow(leaseEndingIn(endsInMs)), { nowMs: NOW_MS }), holds);
    });
  }

  it('that this process has seen unchanged for 15 s may be taken over, whatever the clock says', () => {
    const row = tokenRow(leaseEndingIn(60_000));
    assert.equal(leaseHolds(row, { nowMs: NOW_MS, leaseSeenForMs: 14_999 }), true);
    assert.equal(leaseHolds(row, { nowMs: NOW_MS, leaseSeenForMs: 15_000 }), false);
  });

  it('that is absent does not hold', () => assert.equal(leaseHolds(tokenRow(), { nowMs: NOW_MS }), false));
});

describe('the remaining life of an access token', () => {
  it('is never below 0', () => {
    assert.equal(accessLifeMs(rowHolding({ accessExpiresAtMs: NOW_MS + 5 }), NOW_MS), 5);
    assert.equal(accessLifeMs(rowHolding({ accessExpiresAtMs: NOW_MS - 5 }), NOW_MS), 0);
  });

  it('is never more than the token had when it was received, though another clock was ahead', () => {
    const row = rowHolding(
      { accessExpiresAtMs: NOW_MS + 30 * DAY_MS + 12 * HOUR_MS },
      { refreshedAtMs: NOW_MS + 30 * DAY_MS },
    );
    assert.equal(accessLifeMs(row, NOW_MS), 12 * HOUR_MS);
    assert.equal(accessLifeMs(row, NOW_MS + 31 * DAY_MS), 0);
  });

  it('is 0 if there is no token that can be decrypted', () => {
    assert.equal(accessLifeMs(tokenRow({ tokens: { state: 'none' } }), NOW_MS), 0);
    assert.equal(
      accessLifeMs(
        tokenRow({ tokens: { state: 'unreadable', reason: 'not_authentic', sealed: { tokens: 'x' } } }),
        NOW_MS,
      ),
      0,
    );
  });
});

describe('the hash of a spent refresh token', () => {
  it('is its SHA-256 in hex', () => assert.equal(hashRefreshToken('refresh-token'), HASH));
});
