import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HealthReason } from '../../src/hand-out/health.ts';
import type { ServiceState } from '../../src/status/service-state.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { DAY_MS, HOUR_MS, keyRing, MINUTE_MS, NOW_MS, rowHolding, tokenRow } from '../fixtures.ts';
import { FINGERPRINTS, reportOf } from './reports.ts';
import {
  endingIn,
  failingRow,
  freshRow,
  refusedRow,
  rotatingRow,
  SECRETS,
  silentRow,
  unreadableRow,
  unreadableTokens,
} from './states.ts';

const noPair: Partial<TokenRow> = { generation: 0, tokens: { state: 'none' }, history: [], source: undefined };
const failingLogin = freshRow(NOW_MS, { ...noPair, consecutiveFailures: 1 });

describe('a status report', () => {
  const states: [what: string, row: TokenRow | undefined, state: ServiceState, reasons: HealthReason[]][] = [
    ['no row', undefined, 'empty', ['no_live_token']],
    ['a row without a pair', freshRow(NOW_MS, noPair), 'empty', ['no_live_token']],
    ['a fresh pair', freshRow(NOW_MS), 'fresh', []],
    ['a pair with just more than the margin', endingIn(HOUR_MS + 1, NOW_MS), 'fresh', []],
    ['a pair with just the margin', endingIn(HOUR_MS, NOW_MS), 'due', []],
    ['a pair that lives for a second', endingIn(1_000, NOW_MS), 'due', []],
    ['a pair that lives for less', endingIn(999, NOW_MS), 'expired', ['no_live_token']],
    ['a rotation', rotatingRow(NOW_MS), 'rotating', []],
    [
      'a first login that runs',
      freshRow(NOW_MS, { ...noPair, lease: { id: 'l', expiresAtMs: NOW_MS + 1 } }),
      'rotating',
      ['no_live_token'],
    ],
    ['a failure', failingRow(NOW_MS), 'failing', ['last_rotation_failed']],
    ['a first login that failed', failingLogin, 'failing', ['last_rotation_failed', 'no_live_token']],
    [
      'refused credentials',
      refusedRow(NOW_MS, FINGERPRINTS),
      'credentials_refused',
      ['credentials_refused', 'last_rotation_failed', 'no_live_token'],
    ],
    ['tokens that do not open', unreadableRow(NOW_MS), 'tokens_unreadable', ['tokens_unreadable', 'no_live_token']],
    ['a silent timer', silentRow(NOW_MS), 'fresh', ['timer_silent']],
  ];
  for (const [what, row, state, reasons] of states) {
    it(`is right with ${what}`, () => {
      const report = reportOf(row);
      assert.deepEqual([report.state, report.health.reasons], [state, reasons]);
      assert.equal(report.access?.lives ?? false, !reasons.includes('no_live_token'));
    });
    it(`says first that the table is out of reach, with ${what} in memory`, () => {
      const report = reportOf(row, { storeAnswers: false });
      assert.equal(report.state, 'store_unreachable');
      assert.deepEqual(report.access, reportOf(row).access);
      assert.ok(report.health.reasons.includes('store_unreachable'));
    });
  }

  it('takes a breaker of other credentials for none', () => {
    const report = reportOf({ ...refusedRow(NOW_MS, ['others']), consecutiveFailures: 0 });
    assert.deepEqual([report.state, report.waits.login], ['expired', undefined]);
  });

  it('tells both lives', () => {
    const { access, refresh } = reportOf(freshRow(NOW_MS));
    const sinceMs = NOW_MS - 6 * HOUR_MS;
    const expiresAtMs = NOW_MS + 6 * HOUR_MS;
    assert.deepEqual(access, {
      sinceMs,
      expiresAtMs,
      lifeMs: 6 * HOUR_MS,
      lives: true,
      dueAtMs: expiresAtMs - HOUR_MS,
    });
    const refreshEndsMs = sinceMs + 14 * DAY_MS;
    assert.deepEqual(refresh, {
      sinceMs,
      expiresAtMs: refreshEndsMs,
      lifeMs: refreshEndsMs - NOW_MS,
      lives: true,
      shortFromMs: refreshEndsMs - 2 * DAY_MS,
      spent: false,
    });
  });

  it('tells of a refresh token that may have been spent, and of one that has ended', () => {
    // SHA-256 of "refresh-token"
    const spentRefreshToken = '0eb17643d4e9261163783a420859c92c7d212fa9624106a12b510afbec266120';
    assert.equal(reportOf(tokenRow({ spentRefreshToken })).refresh?.spent, true);
    const ended = reportOf(rowHolding({ refreshExpiresAtMs: NOW_MS - 1 })).refresh;
    assert.deepEqual([ended?.lives, ended?.lifeMs], [false, 0]);
  });

  it('tells which rotation the pair is from, and not of later ones that failed', () => {
    assert.deepEqual(reportOf(failingRow(NOW_MS)).rotation, {
      generation: 7,
      source: 'refresh',
      refreshedAtMs: NOW_MS + 20 * MINUTE_MS - 12 * HOUR_MS,
      trigger: 'timer',
      ms: 800,
    });
  });

  it('has the newest attempt first', () => {
    const times = reportOf(failingRow(NOW_MS)).history.map(({ atMs }) => atMs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
  });

  it('says who rotates, as far as the row does', () => {
    const row = rotatingRow(NOW_MS);
    const { lease } = row;
    const attempt = { kind: 'refresh', startedAtMs: NOW_MS - 10_000 };
    assert.deepEqual(reportOf(row).lease, { holds: true, endsAtMs: lease?.expiresAtMs, attempt, byTimer: true });
    assert.equal(reportOf({ ...row, lastCheckAtMs: NOW_MS - HOUR_MS }).lease?.byTimer, false);
    assert.equal(reportOf({ ...row, lastCheckAtMs: undefined, attempt: undefined }).lease?.byTimer, false);
  });

  it('tells a lease that was left behind', () => {
    const report = reportOf({ ...rotatingRow(NOW_MS), lease: { id: 'l', expiresAtMs: NOW_MS - 5_000 } });
    assert.deepEqual([report.state, report.lease?.holds], ['due', false]);
  });

  const checks: [what: string, lifeMs: number, nextInMs: number, renewalInMs: number][] = [
    ['hours before the margin', 6 * HOUR_MS, 30 * MINUTE_MS, 5 * HOUR_MS],
    ['where the margin begins between two checks', 6 * HOUR_MS + 1, 30 * MINUTE_MS, 5.5 * HOUR_MS],
    ['within the margin', 20 * MINUTE_MS, 30 * MINUTE_MS, 30 * MINUTE_MS],
    ['after the end', -DAY_MS, 30 * MINUTE_MS, 30 * MINUTE_MS],
  ];
  for (const [what, lifeMs, nextInMs, renewalInMs] of checks) {
    it(`names the next check, and the first that finds the pair due: ${what}`, () => {
      const { nextAtMs, renewalAtMs } = reportOf(endingIn(lifeMs, NOW_MS)).checks;
      assert.deepEqual([nextAtMs, renewalAtMs], [NOW_MS + nextInMs, NOW_MS + renewalInMs]);
    });
  }

  it('believes no mark of the timer that lies ahead', () => {
    const markOf = (lastCheckAtMs: number | undefined) => reportOf(tokenRow({ lastCheckAtMs })).checks.lastAtMs;
    assert.deepEqual([NOW_MS, NOW_MS + HOUR_MS, undefined].map(markOf), [NOW_MS, undefined, undefined]);
  });

  it('tells only of waits that somebody obeys', () => {
    const { waits } = reportOf(refusedRow(NOW_MS, FINGERPRINTS));
    const login = { refusals: 3, code: 'credentials_refused', untilMs: NOW_MS + 100 * MINUTE_MS };
    assert.deepEqual(waits, { callersUntilMs: NOW_MS + 12_000, everybodyUntilMs: undefined, login });
    const over = { nextAttemptAtMs: NOW_MS, retryAfterUntilMs: NOW_MS + DAY_MS };
    const none = { callersUntilMs: undefined, everybodyUntilMs: undefined, login: undefined };
    assert.deepEqual(reportOf(tokenRow(over)).waits, none);
    const [fingerprint] = FINGERPRINTS;
    const breaker = { refusals: 1, code: 'c', nextLoginAtMs: NOW_MS, fingerprint };
    assert.deepEqual(reportOf(tokenRow({ loginBreaker: breaker })).waits.login?.untilMs, undefined);
  });

  const columns: [name: string, column: string, missingKey: string | undefined][] = [
    ['the missing key', 'v1.k1-a.AAAA', 'k1-a'],
    ['nothing that cannot be a key', 'v1.not a key!.AAAA', undefined],
    ['nothing of what is no sealed column', 'a.secret.token', undefined],
  ];
  for (const [name, column, missingKey] of columns) {
    it(`names ${name}`, () => {
      const tokens = { state: 'unreadable', reason: 'unknown_key', sealed: { tokens: column } } as const;
      assert.deepEqual(reportOf(tokenRow({ tokens })).unreadable, { reason: 'unknown_key', missingKey });
    });
  }

  it('tells an earlier pair, where the row in the table does not open, and why it does not', () => {
    const tokens = { state: 'unreadable', reason: 'unknown_key', sealed: { tokens: 'v1.k1-a.AAAA' } } as const;
    const report = reportOf(freshRow(NOW_MS, { tokens }), { lastHeld: freshRow(NOW_MS) });
    assert.deepEqual([report.state, report.access?.lives], ['tokens_unreadable', true]);
    assert.deepEqual(report.unreadable, { reason: 'unknown_key', missingKey: 'k1-a' });
  });

  it('tells the last pair known where the table holds none any more, but no refresh token: a login follows', () => {
    const lastHeld = freshRow(NOW_MS);
    for (const row of [undefined, freshRow(NOW_MS, noPair)]) {
      const { state, health, access, refresh, rotation } = reportOf(row, { lastHeld });
      assert.deepEqual([state, health.status, health.reasons], ['pair_missing', 'degraded', ['pair_missing']]);
      assert.deepEqual([access, rotation], [reportOf(lastHeld).access, reportOf(lastHeld).rotation]);
      assert.equal(refresh, undefined);
    }
    assert.deepEqual(reportOf(undefined, { lastHeld }).history, reportOf(lastHeld).history);
    assert.deepEqual(reportOf(failingLogin, { lastHeld }).state, 'failing');
  });

  it('tells of an earlier pair by its own history, not by that of the row that does not open', () => {
    const lastHeld = freshRow(NOW_MS);
    const later = { atMs: NOW_MS, trigger: 'caller', kind: 'login', outcome: 'done', ms: 31 } as const;
    const row = { ...lastHeld, history: [...lastHeld.history, later] };
    const report = reportOf({ ...row, tokens: unreadableTokens }, { lastHeld });
    assert.deepEqual([report.rotation?.trigger, report.rotation?.ms], ['timer', 800]);
    assert.deepEqual(report.history[0], later);
  });

  it('names keys by their ids, those of callers only where they have tokens of ours', () => {
    assert.deepEqual(reportOf(undefined).keys, { encryption: ['new', 'old'], callers: undefined });
    const callers = { auth: 'jwt', jwtKeys: keyRing('j'), accessLifeMs: 1, refreshLifeMs: 1 } as const;
    assert.deepEqual(reportOf(undefined, { callers }).keys, { encryption: ['new', 'old'], callers: ['j'] });
  });

  it('carries no secret', () => {
    const text = JSON.stringify([rotatingRow(NOW_MS), refusedRow(NOW_MS, FINGERPRINTS)].map((row) => reportOf(row)));
    for (const secret of [...Object.values(SECRETS), ...FINGERPRINTS]) assert.ok(!text.includes(secret), secret);
  });
});
