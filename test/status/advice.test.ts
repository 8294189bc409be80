import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HEALTH_REASONS, type HealthReason } from '../../src/hand-out/health.ts';
import { adviseOn } from '../../src/status/advice.ts';
import { writePage } from '../../src/status/page.ts';
import { toStatusJson } from '../../src/status/status-json.ts';
import { NOW_MS } from '../fixtures.ts';
import { FINGERPRINTS, reportOf } from './reports.ts';
import { endingIn, failingRow, refusedRow, unreadableRow } from './states.ts';

/** The reasons that say what to do, of all that are given. */
function actingOf(...reasons: HealthReason[]): HealthReason[] {
  const advice = adviseOn({ health: { status: 'down', reasons }, history: [] });
  assert.deepEqual(
    advice.map(({ code }) => code),
    reasons,
  );
  return advice.filter(({ action }) => action !== undefined).map(({ code }) => code);
}

describe('the advice', () => {
  it('tells what to do about each reason that stands alone', () => {
    for (const reason of HEALTH_REASONS) assert.deepEqual(actingOf(reason), [reason]);
  });

  it('leaves it to the cause, where that is known', () => {
    assert.deepEqual(actingOf('credentials_refused', 'last_rotation_failed', 'no_live_token'), ['credentials_refused']);
    assert.deepEqual(actingOf('last_rotation_failed', 'no_live_token'), ['last_rotation_failed']);
    assert.deepEqual(actingOf('timer_silent', 'last_rotation_failed'), ['timer_silent', 'last_rotation_failed']);
    for (const cause of ['store_unreachable', 'tokens_unreadable', 'pair_missing', 'timer_silent'] as const) {
      assert.deepEqual(actingOf(cause, 'no_live_token'), [cause]);
    }
    const soon = ['refresh_token_ends_soon', 'no_live_token'] as const;
    assert.deepEqual(actingOf(...soon), soon);
  });

  it('points at the last rotations only where there are any', () => {
    const pointsAt = (report: ReturnType<typeof reportOf>) => /last rotations below/.test(writePage(report));
    assert.deepEqual([reportOf(undefined), reportOf(endingIn(-1, NOW_MS))].map(pointsAt), [false, true]);
  });

  it('starts, in an outage, with what to do', () => {
    const report = reportOf(refusedRow(NOW_MS, FINGERPRINTS));
    const [, first] = /What to do:<\/b\s*>\s*([^<]*)/.exec(writePage(report)) ?? [];
    assert.equal(first?.trim(), 'Correct');
    assert.equal(writePage(report).match(/What to do:/g)?.length, 1);
  });

  it('has its settings as code on the page, and without marks in the JSON', () => {
    const report = reportOf(refusedRow(NOW_MS, FINGERPRINTS));
    assert.match(writePage(report), /Correct <code>QUARTILE_USERNAME<\/code>, /);
    const [reason] = toStatusJson(report).health.reasons;
    assert.match(reason?.action ?? '', /^Correct QUARTILE_USERNAME, QUARTILE_PASSWORD or /);
    assert.match(writePage(reportOf(unreadableRow(NOW_MS))), /their key is not in <code>TOKEN_ENCRYPTION_KEYS<\/code>/);
    assert.doesNotMatch(writePage(reportOf(failingRow(NOW_MS))), /`/);
  });
});
