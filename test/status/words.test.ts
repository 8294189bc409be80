import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HEALTH_REASONS, type HealthReason } from '../../src/hand-out/health.ts';
import { hashRefreshToken } from '../../src/rotation/decide.ts';
import { SERVICE_STATES, type Status } from '../../src/status/status.ts';
import { describeReasons, describeState } from '../../src/status/words.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { HOUR_MS, NOW_MS } from '../fixtures.ts';
import {
  breakerOf,
  endingIn,
  failingRow,
  freshRow,
  refusedRow,
  SECRETS,
  silentRow,
  statusOf,
  unreadableRow,
} from './states.ts';

const detailOf = (status: Status, code: HealthReason) =>
  status.health.reasons.find((reason) => reason.code === code)?.detail;

/** The reasons that come with an action. */
function actingOf(...codes: HealthReason[]): HealthReason[] {
  const reasons = describeReasons(codes, statusOf(undefined));
  assert.deepEqual(
    reasons.map(({ code }) => code),
    codes,
  );
  return reasons.filter(({ action }) => action !== undefined).map(({ code }) => code);
}

describe('the advice', () => {
  it('has an action for each reason that stands alone', () => {
    for (const reason of HEALTH_REASONS) assert.deepEqual(actingOf(reason), [reason]);
  });

  it('has none for a reason whose cause is known', () => {
    assert.deepEqual(actingOf('credentials_refused', 'last_rotation_failed', 'no_live_token'), ['credentials_refused']);
    assert.deepEqual(actingOf('last_rotation_failed', 'no_live_token'), ['last_rotation_failed']);
    assert.deepEqual(actingOf('timer_silent', 'last_rotation_failed'), ['timer_silent', 'last_rotation_failed']);
    assert.deepEqual(actingOf('store_unreachable', 'save_pending', 'no_live_token'), ['store_unreachable']);
    for (const cause of ['save_pending', 'tokens_unreadable', 'pair_missing', 'timer_silent'] as const) {
      assert.deepEqual(actingOf(cause, 'no_live_token'), [cause]);
    }
    const soon = ['refresh_token_ends_soon', 'no_live_token'] as const;
    assert.deepEqual(actingOf(...soon), soon);
  });

  it('has the details that are known', () => {
    assert.equal(
      detailOf(statusOf(unreadableRow()), 'tokens_unreadable'),
      '`unknown_key`: their key is not in `TOKEN_ENCRYPTION_KEYS`. Its id is `k20260101-a1b2c3`.',
    );
    assert.equal(
      detailOf(statusOf(failingRow()), 'last_rotation_failed'),
      'It failed 2 times in a row, the last time with `http_503`.',
    );
    assert.equal(
      detailOf(statusOf(refusedRow()), 'credentials_refused'),
      '`credentials_refused`, 3 times in a row. With the same credentials, a check after 15 Jan, 13:40:00 logs in again.',
    );
    assert.equal(detailOf(statusOf(silentRow()), 'timer_silent'), 'The last one is of 15 Jan, 03:00:00.');
    const never = statusOf(freshRow({ lastCheckAtMs: undefined }));
    assert.equal(detailOf(never, 'timer_silent'), 'It has never left one.');
    const old = statusOf(endingIn(-300 * HOUR_MS));
    assert.equal(detailOf(old, 'refresh_token_ends_soon'), 'It has 1 d left.');
  });
});

describe('the text of a state', () => {
  it('exists for each state', () => {
    for (const state of SERVICE_STATES) assert.match(describeState({ ...statusOf(undefined), state }), /\.$/);
  });

  it('says what continues while credentials are refused, and agrees with the refresh token', () => {
    const refused = (row: TokenRow) =>
      statusOf({ ...row, loginBreaker: breakerOf(SECRETS.fingerprint) }).state_text.replace(/^.*?\. /, '');
    const spentRefreshToken = hashRefreshToken(SECRETS.refreshToken);
    assert.equal(refused(freshRow()), 'The token is served, and refreshes continue.');
    assert.equal(
      refused(freshRow({ spentRefreshToken })),
      'The token is served while it is valid; after that there is none.',
    );
    assert.equal(refused(endingIn(-1)), 'No token is valid; refreshes continue.');
    assert.equal(refused(endingIn(-1, { spentRefreshToken })), 'There is no token until a login succeeds.');
  });

  it('says of when the page is if the table cannot be read', () => {
    const textOf = (readAtMs: number | undefined) => statusOf(undefined, { storeAnswers: false, readAtMs }).state_text;
    assert.match(textOf(NOW_MS - HOUR_MS), /This page shows what was read on 15 Jan, 11:00:00\.$/);
    assert.match(textOf(undefined), /nothing is known\.$/);
  });
});
