import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LONGEST_WAIT_MS, STORE_REQUEST_TIMEOUT_MS } from '../../src/rotation/limits.ts';
import { refusalWaitMs, resendDelayMs } from '../../src/rotation/back-off.ts';
import * as limits from '../../src/rotation/limits.ts';
import { DEFAULT_SCHEDULE } from '../../src/settings/registration.ts';
import { schedulePeriodMs } from '../../src/settings/schedule.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, validEnv } from '../fixtures.ts';

const { ATTEMPT_DEADLINE_MS, FIRST_SAVE_RETRY_MS, LEASE_MS, WRITE_TRIES, TAKEOVER_GRACE_MS } = limits;

/** A write whose answer got lost, and the read that asks what became of it. */
const WRITE_MS = 2 * STORE_REQUEST_TIMEOUT_MS;
/** The first row of all: the insert misses its table, creates it, and is repeated. */
const FIRST_WRITE_MS = WRITE_MS + 2 * STORE_REQUEST_TIMEOUT_MS;
/** How far the clocks of two instances may differ. */
const SKEW_MS = 5_000;
const PERIOD_MS = schedulePeriodMs(DEFAULT_SCHEDULE, NOW_MS) ?? Number.NaN;

function timeoutMsOf(seconds: number): number {
  const reading = readSettings(validEnv({ QUARTILE_TIMEOUT_SECONDS: String(seconds) }));
  assert.ok(reading.ok);
  return reading.value.quartile.timeoutMs;
}

describe('the times of a rotation', () => {
  for (let seconds = 1; seconds <= 25; seconds += 1) {
    it(`fit into each other with QUARTILE_TIMEOUT_SECONDS=${seconds}`, () => {
      const timeoutMs = timeoutMsOf(seconds);
      // The deadline counts from before the claim. A refresh that got no answer must leave time for a whole login.
      assert.ok(WRITE_MS + 2 * timeoutMs <= ATTEMPT_DEADLINE_MS, 'slow claim, refresh and login');
      assert.ok(FIRST_WRITE_MS + timeoutMs <= ATTEMPT_DEADLINE_MS, 'slowest claim of all, and a login');
      const resendMs = resendDelayMs(0, undefined, 1);
      assert.ok(WRITE_MS + resendMs + 2 * timeoutMs < LEASE_MS, 'slow claim, refresh, and once again');
      assert.ok(timeoutMs <= LONGEST_WAIT_MS, 'a caller outwaits one request');
    });
  }

  it('are those of the design', () => {
    const { LONGEST_BELIEVABLE_LEASE_MS, LONGEST_RETRY_AFTER_MS, MARK_MS } = limits;
    assert.deepEqual([LEASE_MS, ATTEMPT_DEADLINE_MS, TAKEOVER_GRACE_MS], [90_000, 60_000, 5_000]);
    assert.deepEqual([LONGEST_BELIEVABLE_LEASE_MS, LONGEST_RETRY_AFTER_MS], [150_000, HOUR_MS]);
    assert.deepEqual([MARK_MS, LONGEST_WAIT_MS], [55 * MINUTE_MS, 25_000]);
  });

  it('let a worker save its pair twice over, each time without an answer, before its lease ends', () => {
    assert.ok(ATTEMPT_DEADLINE_MS + 2 * WRITE_MS + FIRST_SAVE_RETRY_MS <= LEASE_MS);
  });

  it('let a worker note a failure before its lease may be taken over', () => {
    const notingMs = WRITE_TRIES * (WRITE_MS + FIRST_SAVE_RETRY_MS);
    assert.ok(ATTEMPT_DEADLINE_MS + notingMs <= LEASE_MS + TAKEOVER_GRACE_MS);
  });

  it('let nobody take over who is only ahead of the holder, and nobody send past a takeover', () => {
    assert.ok(TAKEOVER_GRACE_MS >= SKEW_MS);
    assert.ok(ATTEMPT_DEADLINE_MS < LEASE_MS);
  });

  it('tell a lease of now from one that a broken clock wrote, whichever clock is ahead', () => {
    assert.ok(LEASE_MS + TAKEOVER_GRACE_MS < limits.LONGEST_BELIEVABLE_LEASE_MS);
    assert.ok(LEASE_MS + SKEW_MS < limits.LONGEST_BELIEVABLE_LEASE_MS);
  });

  it('let the timer see the end of any rotation, and be back before it is called again', () => {
    assert.ok(limits.TIMER_PATIENCE_MS >= LEASE_MS + TAKEOVER_GRACE_MS);
    assert.ok(limits.TIMER_PATIENCE_MS < PERIOD_MS);
  });

  it('answer callers well before the load balancer of Azure gives up on them, at 230 s', () => {
    assert.ok(STORE_REQUEST_TIMEOUT_MS + LONGEST_WAIT_MS < 230_000);
  });

  it('let the login breaker end shortly before a tick of the default schedule', () => {
    for (const refusals of [1, 2, 3, 4]) {
      const beforeTickMs = PERIOD_MS - (refusalWaitMs(refusals) % PERIOD_MS);
      assert.ok(beforeTickMs > 2 * ATTEMPT_DEADLINE_MS && beforeTickMs <= 5 * MINUTE_MS, `${refusals}`);
    }
  });

  it('bring the mark of a timer that runs before health misses it, however often it runs', () => {
    for (const periodMs of [MINUTE_MS, PERIOD_MS, HOUR_MS, 24 * HOUR_MS]) {
      assert.ok(limits.MARK_MS + periodMs + limits.TIMER_PATIENCE_MS < 2 * periodMs + HOUR_MS);
    }
  });
});
