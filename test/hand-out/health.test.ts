import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HEALTH_REASONS, type HealthCircumstances, type HealthReason, judgeHealth } from '../../src/hand-out/health.ts';
import type { Known } from '../../src/hand-out/row-memory.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { knownOf } from './known.ts';
import { DAY_MS, HOUR_MS, NOW_MS, rowHolding, tokenRow } from '../fixtures.ts';

const recent: Partial<TokenRow> = { lastCheckAtMs: NOW_MS - HOUR_MS };

type Circumstances = Partial<Known> & Partial<HealthCircumstances>;

function judge(row: TokenRow | undefined, overrides: Circumstances = {}) {
  const { schedule = '0 */30 * * * *', savePending = false, nowMs = NOW_MS, ...known } = overrides;
  return judgeHealth(knownOf(row, known), { schedule, savePending, fingerprints: ['these credentials'], nowMs });
}

function breakerOf(fingerprint: string): Partial<TokenRow> {
  return { loginBreaker: { refusals: 1, code: 'credentials_refused', nextLoginAtMs: NOW_MS, fingerprint } };
}

describe('health', () => {
  const healthy: [what: string, row: TokenRow][] = [
    ['at rest', tokenRow(recent)],
    ['that is being rotated', tokenRow({ ...recent, lease: { id: 'l', expiresAtMs: NOW_MS + 90_000 } })],
    ['whose access token lives a second', rowHolding({ accessExpiresAtMs: NOW_MS + 1_000 }, recent)],
    ['whose refresh token lives two days', rowHolding({ refreshExpiresAtMs: NOW_MS + 2 * DAY_MS }, recent)],
    ['with the credentials before these refused', tokenRow({ ...recent, ...breakerOf('others') })],
    ['whose timer was there two periods and an hour ago', tokenRow({ lastCheckAtMs: NOW_MS - 2 * HOUR_MS })],
    ['that is new, with no mark yet', tokenRow({ createdAtMs: NOW_MS - 2 * HOUR_MS })],
  ];
  for (const [what, row] of healthy) {
    it(`is ok with a row ${what}`, () => assert.deepEqual(judge(row), { status: 'ok', reasons: [] }));
  }

  const degraded: [what: string, row: TokenRow, reason: HealthReason][] = [
    ['whose last rotation failed', tokenRow({ ...recent, consecutiveFailures: 1 }), 'last_rotation_failed'],
    [
      'whose credentials are refused',
      tokenRow({ ...recent, ...breakerOf('these credentials') }),
      'credentials_refused',
    ],
    [
      'whose refresh token has less than two days',
      rowHolding({ refreshExpiresAtMs: NOW_MS + 2 * DAY_MS - 1 }, recent),
      'refresh_token_ends_soon',
    ],
    ['whose refresh token is dead', rowHolding({ refreshExpiresAtMs: NOW_MS - 1 }, recent), 'refresh_token_ends_soon'],
    ['whose timer is silent', tokenRow({ lastCheckAtMs: NOW_MS - 2 * HOUR_MS - 1 }), 'timer_silent'],
    ['whose timer never came', tokenRow({ createdAtMs: NOW_MS - 2 * HOUR_MS - 1 }), 'timer_silent'],
  ];
  for (const [what, row, reason] of degraded) {
    it(`is degraded with a row ${what}`, () => assert.deepEqual(judge(row), { status: 'degraded', reasons: [reason] }));
  }

  it('is degraded where the table is out of reach, and a live token is known', () => {
    const health = judge(tokenRow(recent), { storeAnswers: false });
    assert.deepEqual(health, { status: 'degraded', reasons: ['store_unreachable'] });
  });

  it('is degraded where the row is gone, or holds no pair any more, and a live token is known', () => {
    const lastHeld = tokenRow(recent);
    const claimed = tokenRow({ ...recent, generation: 0, tokens: { state: 'none' } });
    for (const row of [undefined, claimed]) {
      assert.deepEqual(judge(row, { lastHeld }), { status: 'degraded', reasons: ['pair_missing'] });
      const dead = rowHolding({ accessExpiresAtMs: NOW_MS + 999 });
      assert.deepEqual(judge(row, { lastHeld: dead }), { status: 'down', reasons: ['pair_missing', 'no_live_token'] });
    }
  });

  it('is degraded where a row made anew does not open, and a live token is known', () => {
    const tokens = { state: 'unreadable', reason: 'not_authentic', sealed: { tokens: 'x' } } as const;
    const health = judge(tokenRow({ ...recent, tokens }), { lastHeld: tokenRow(recent) });
    assert.deepEqual(health, { status: 'degraded', reasons: ['tokens_unreadable'] });
  });

  it('is degraded while a new pair is not saved', () => {
    const health = judge(tokenRow(recent), { savePending: true });
    assert.deepEqual(health, { status: 'degraded', reasons: ['save_pending'] });
  });

  const down: [what: string, row: TokenRow | undefined][] = [
    ['without a row', undefined],
    ['whose row has no tokens yet', tokenRow({ ...recent, tokens: { state: 'none' } })],
    [
      'whose tokens cannot be read',
      tokenRow({ ...recent, tokens: { state: 'unreadable', reason: 'not_authentic', sealed: { tokens: 'x' } } }),
    ],
    ['whose access token has less than a second', rowHolding({ accessExpiresAtMs: NOW_MS + 999 }, recent)],
    ['whose access token is dead', rowHolding({ accessExpiresAtMs: NOW_MS - 1 }, recent)],
  ];
  for (const [what, row] of down) {
    it(`is down ${what}, whether or not the table answers`, () => {
      for (const storeAnswers of [true, false]) {
        const { status, reasons } = judge(row, { storeAnswers });
        assert.deepEqual([status, reasons.at(-1)], ['down', 'no_live_token']);
        assert.equal(reasons.includes('store_unreachable'), !storeAnswers);
      }
    });
  }

  it('names every reason there is, causes before their consequences', () => {
    const row = rowHolding(
      { accessExpiresAtMs: NOW_MS, refreshExpiresAtMs: NOW_MS },
      { ...breakerOf('these credentials'), consecutiveFailures: 3, lastCheckAtMs: 0 },
    );
    const tokens = { state: 'unreadable', reason: 'not_authentic', sealed: {} } as const;
    const hidden = new Set<string>(['pair_missing', 'refresh_token_ends_soon']); // of a row that can be decrypted
    const others = HEALTH_REASONS.filter((reason) => !hidden.has(reason));
    const { reasons } = judge({ ...row, tokens }, { storeAnswers: false, savePending: true, lastHeld: row });
    assert.deepEqual(reasons, others);
    assert.deepEqual(others, [
      'credentials_refused',
      'store_unreachable',
      'save_pending',
      'tokens_unreadable',
      'timer_silent',
      'last_rotation_failed',
      'no_live_token',
    ]);
  });
});

describe('a silent timer', () => {
  const OFFICE_HOURS = '0 * 8-18 * * 1-5';
  const at = (text: string) => Date.parse(`2026-01-${text}Z`); // 16 January 2026 is a Friday
  const cases: [schedule: string, mark: string, silentAfter: string][] = [
    ['0 */30 * * * *', '15T12:00:00', '15T14:00:00'],
    ['0 */30 * * * *', '15T12:07:00', '15T14:00:00'],
    ['0 0 * * * *', '15T12:00:00', '15T15:00:00'],
    ['0 0 6 * * *', '15T06:00:00', '17T07:00:00'],
    ['0 0 6 * * *', '15T12:00:00', '17T07:00:00'],
    [OFFICE_HOURS, '16T12:00:00', '16T13:02:00'],
    [OFFICE_HOURS, '16T18:16:00', '19T08:01:00'], // the last mark before the weekend: later runs find it too new
    [OFFICE_HOURS, '16T18:59:00', '19T09:01:00'],
    [OFFICE_HOURS, '18T12:00:00', '19T09:01:00'],
  ];
  for (const [schedule, mark, silentAfter] of cases) {
    it(`is found two scheduled runs and an hour after its mark: ${schedule} from ${mark}`, () => {
      const reasonsAt = (nowMs: number) =>
        judge(rowHolding({ accessExpiresAtMs: nowMs + HOUR_MS }, { lastCheckAtMs: at(mark) }), { schedule, nowMs })
          .reasons;
      const row = (reasons: readonly string[]) => reasons.includes('timer_silent');
      assert.deepEqual([at(silentAfter), at(silentAfter) + 1].map(reasonsAt).map(row), [false, true]);
    });
  }
});
