import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HealthReason } from '../../src/hand-out/health.ts';
import { type Status, statusSchema } from '../../src/status/status.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { DAY_MS, HOUR_MS, keyRing, MINUTE_MS, NOW_MS, rowHolding, tokenRow } from '../fixtures.ts';
import {
  breakerOf,
  claimedRow,
  endingIn,
  failingRow,
  freshRow,
  refusedRow,
  rotatingRow,
  SECRETS,
  silentRow,
  STATES,
  statusOf,
  unreadableRow,
} from './states.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const codesOf = ({ health }: Status) => health.reasons.map(({ code }) => code);

describe('the status', () => {
  const states: [what: string, row: TokenRow | undefined, state: Status['state'], reasons: HealthReason[]][] = [
    ['no row', undefined, 'empty', ['no_live_token']],
    ['a row without a pair', claimedRow(), 'empty', ['no_live_token']],
    ['a fresh pair', freshRow(), 'fresh', []],
    ['a pair with just more than the margin', endingIn(HOUR_MS + 1), 'fresh', []],
    ['a pair with just the margin', endingIn(HOUR_MS), 'due', []],
    ['a pair with a second left', endingIn(1_000), 'due', []],
    ['a pair with less', endingIn(999), 'expired', ['no_live_token']],
    ['a rotation', rotatingRow(), 'rotating', []],
    [
      'a first login that runs',
      claimedRow({ lease: { id: 'l', expiresAtMs: NOW_MS + 1 } }),
      'rotating',
      ['no_live_token'],
    ],
    ['a failure', failingRow(), 'failing', ['last_rotation_failed']],
    [
      'a first login that failed',
      claimedRow({ consecutiveFailures: 1 }),
      'failing',
      ['last_rotation_failed', 'no_live_token'],
    ],
    [
      'refused credentials',
      refusedRow(),
      'credentials_refused',
      ['credentials_refused', 'last_rotation_failed', 'no_live_token'],
    ],
    ['unreadable tokens', unreadableRow(), 'tokens_unreadable', ['tokens_unreadable', 'no_live_token']],
    ['a silent timer', silentRow(), 'fresh', ['timer_silent']],
  ];
  for (const [what, row, state, reasons] of states) {
    it(`has the state and the reasons: ${what}`, () => {
      const status = statusOf(row);
      assert.deepEqual([status.state, codesOf(status)], [state, reasons]);
      assert.equal(status.access_token?.live ?? false, !reasons.includes('no_live_token'));
    });
    it(`says first that the table cannot be read, and keeps what is known: ${what}`, () => {
      const status = statusOf(row, { storeAnswers: false });
      assert.equal(status.state, 'store_unreachable');
      assert.deepEqual(status.access_token, statusOf(row).access_token);
      assert.ok(codesOf(status).includes('store_unreachable'));
    });
  }

  for (const [state, statusIn] of Object.entries(STATES)) {
    it(`is what its schema describes, without secrets: ${state}`, () => {
      const text = JSON.stringify(statusIn());
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(statusSchema.parse(JSON.parse(text)))));
      for (const secret of Object.values(SECRETS)) assert.ok(!text.includes(secret), secret);
    });
  }

  it('reports a pair that is not saved', () => {
    assert.deepEqual(codesOf(statusOf(freshRow(), { savePending: true })), ['save_pending']);
  });

  it('ignores a breaker of other credentials', () => {
    const status = statusOf(refusedRow({ loginBreaker: breakerOf('others'), consecutiveFailures: 0 }));
    assert.deepEqual([status.state, status.waits.login], ['expired', undefined]);
  });

  it('says how long both tokens are valid, in whole seconds', () => {
    const { access_token: access, refresh_token: refresh } = statusOf(endingIn(6 * HOUR_MS - 1));
    const expiresAtMs = NOW_MS + 6 * HOUR_MS - 1;
    assert.deepEqual(access, {
      live: true,
      expires_in: 6 * 3600 - 1,
      expires_at: iso(expiresAtMs),
      due_at: iso(expiresAtMs - HOUR_MS),
    });
    const refreshLifeMs = 14 * DAY_MS - 6 * HOUR_MS - 1;
    assert.deepEqual(refresh, {
      live: true,
      expires_in: Math.floor(refreshLifeMs / 1000),
      expires_at: iso(NOW_MS + refreshLifeMs),
      maybe_spent: false,
    });
  });

  it('says that the refresh token may be spent, or has expired', () => {
    // SHA-256 of "refresh-token"
    const spentRefreshToken = '0eb17643d4e9261163783a420859c92c7d212fa9624106a12b510afbec266120';
    assert.equal(statusOf(tokenRow({ spentRefreshToken })).refresh_token?.maybe_spent, true);
    const { refresh_token: expired } = statusOf(rowHolding({ refreshExpiresAtMs: NOW_MS - 1 }));
    assert.deepEqual([expired?.live, expired?.expires_in], [false, 0]);
  });

  it('says which rotation created the pair', () => {
    assert.deepEqual(statusOf(failingRow()).rotation, {
      generation: 7,
      source: 'refresh',
      refreshed_at: iso(NOW_MS + 20 * MINUTE_MS - 12 * HOUR_MS),
      trigger: 'timer',
    });
  });

  it('has the newest attempt first', () => {
    const times = statusOf(failingRow()).history.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted().toReversed());
  });

  it('says who rotates, as far as the row does', () => {
    const row = rotatingRow();
    const lease = { holds: true, ends_at: iso(NOW_MS + 12_000), kind: 'refresh', started_at: iso(NOW_MS - 3_000) };
    assert.deepEqual(statusOf(row).lease, { ...lease, by: 'timer' });
    assert.equal(statusOf({ ...row, lastCheckAtMs: NOW_MS - HOUR_MS }).lease?.by, 'caller');
    assert.equal(statusOf({ ...row, lastCheckAtMs: undefined, attempt: undefined }).lease?.by, 'caller');
  });

  it('says that a lease has ended', () => {
    const status = statusOf({ ...rotatingRow(), lease: { id: 'l', expiresAtMs: NOW_MS - 5_000 } });
    assert.deepEqual([status.state, status.lease?.holds], ['due', false]);
  });

  const checks: [what: string, lifeMs: number, renewalInMs: number][] = [
    ['hours before the margin', 6 * HOUR_MS, 5 * HOUR_MS],
    ['less than a minute before the margin, which the timer adds', 6 * HOUR_MS + MINUTE_MS, 5 * HOUR_MS],
    ['if the margin begins between two checks', 6 * HOUR_MS + MINUTE_MS + 1, 5.5 * HOUR_MS],
    ['within the margin', 20 * MINUTE_MS, 30 * MINUTE_MS],
    ['after the end', -DAY_MS, 30 * MINUTE_MS],
  ];
  for (const [what, lifeMs, renewalInMs] of checks) {
    it(`has the next check, and the first that finds the pair due: ${what}`, () => {
      const { next_at: next, renewal_at: renewal } = statusOf(endingIn(lifeMs)).checks;
      assert.deepEqual([next, renewal], [iso(NOW_MS + 30 * MINUTE_MS), iso(NOW_MS + renewalInMs)]);
    });
  }

  it('ignores a mark of the timer that lies ahead', () => {
    const markOf = (lastCheckAtMs: number | undefined) => statusOf(tokenRow({ lastCheckAtMs })).checks.last_at;
    assert.deepEqual([NOW_MS, NOW_MS + HOUR_MS, undefined].map(markOf), [iso(NOW_MS), undefined, undefined]);
  });

  it('has only the waits that attempts obey', () => {
    assert.deepEqual(statusOf(refusedRow()).waits, {
      callers_until: iso(NOW_MS + 12_000),
      everybody_until: undefined,
      login: { refusals: 3, code: 'credentials_refused', until: iso(NOW_MS + 100 * MINUTE_MS) },
    });
    const over = { nextAttemptAtMs: NOW_MS, retryAfterUntilMs: NOW_MS + DAY_MS };
    const none = { callers_until: undefined, everybody_until: undefined, login: undefined };
    assert.deepEqual(statusOf(tokenRow(over)).waits, none);
  });

  const columns: [what: string, column: string, missingKey: string | undefined][] = [
    ['the missing key', 'v1.k1-a.AAAA', 'k1-a'],
    ['no text that cannot be an id', 'v1.not a key!.AAAA', undefined],
    ['no part of a column that is not encrypted', 'a.secret.token', undefined],
  ];
  for (const [what, column, missingKey] of columns) {
    it(`names ${what}`, () => {
      assert.deepEqual(statusOf(unreadableRow(column)).unreadable, { reason: 'unknown_key', missing_key: missingKey });
    });
  }

  it('shows the last known pair if the tokens in the table cannot be decrypted, and the history of the row', () => {
    const later = { atMs: NOW_MS, trigger: 'caller', kind: 'login', outcome: 'done', ms: 31 } as const;
    const row = { ...unreadableRow(), trigger: 'caller' as const, history: [later] };
    const status = statusOf(row, { lastHeld: freshRow() });
    assert.deepEqual([status.state, status.access_token?.live], ['tokens_unreadable', true]);
    assert.deepEqual([status.rotation?.trigger, status.history[0]?.trigger], ['timer', 'caller']);
  });

  it('shows the last known pair if the table holds none, but no refresh token: the next rotation logs in', () => {
    const lastHeld = freshRow();
    for (const row of [undefined, claimedRow()]) {
      const status = statusOf(row, { lastHeld });
      assert.deepEqual([status.state, codesOf(status)], ['pair_missing', ['pair_missing']]);
      assert.deepEqual(status.access_token, statusOf(lastHeld).access_token);
      assert.deepEqual(status.rotation, statusOf(lastHeld).rotation);
      assert.equal(status.refresh_token, undefined);
    }
    assert.deepEqual(statusOf(undefined, { lastHeld }).history, statusOf(lastHeld).history);
  });

  it('says when the table was read: before now if it cannot be read, and not at all if it never was', () => {
    const readAt = (readAtMs: number | undefined) => statusOf(freshRow(), { storeAnswers: false, readAtMs }).read_at;
    assert.deepEqual([NOW_MS - HOUR_MS, undefined].map(readAt), [iso(NOW_MS - HOUR_MS), undefined]);
  });

  it('names keys by their ids, those of callers only with CALLER_AUTH=jwt', () => {
    assert.deepEqual(statusOf(undefined).keys, { encryption: ['new', 'old'], callers: undefined });
    const callers = { auth: 'jwt', jwtKeys: keyRing('j'), accessLifeMs: 1, refreshLifeMs: 1 } as const;
    assert.deepEqual(statusOf(undefined, { callers }).keys.callers, ['j']);
  });
});
