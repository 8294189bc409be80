import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { refusalWaitMs, resendDelayMs } from '../../src/rotation/back-off.ts';
import { decideStep } from '../../src/rotation/decide.ts';
import * as limits from '../../src/rotation/limits.ts';
import { DEFAULT_SCHEDULE } from '../../src/settings/registration.ts';
import { schedulePeriodMs } from '../../src/settings/schedule.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { STORE_REQUEST_TIMEOUT_MS } from '../../src/store/table-requests.ts';
import { HOUR_MS, MINUTE_MS, NOW_MS, rowHolding, validEnv } from '../fixtures.ts';

const { ATTEMPT_DEADLINE_MS, CALLER_WAIT_MS, HEARTBEAT_MS, HEARTBEAT_REQUEST_MS, LEASE_MS } = limits;
const { FIRST_SAVE_RETRY_MS, TAKEOVER_GRACE_MS, TIMER_WAIT_MS, WRITE_TRIES } = limits;

/** A write whose answer was lost, and the read that follows it. */
const WRITE_MS = 2 * STORE_REQUEST_TIMEOUT_MS;
/** How far the clocks of two instances may differ. */
const SKEW_MS = 5_000;
const PERIOD_MS = schedulePeriodMs(DEFAULT_SCHEDULE) ?? Number.NaN;

function timeoutMsOf(seconds: number): number {
  const reading = readSettings(validEnv({ QUARTILE_TIMEOUT_SECONDS: String(seconds) }));
  assert.ok(reading.ok);
  return reading.value.quartile.timeoutMs;
}

describe('the times of a rotation', () => {
  for (let seconds = 1; seconds <= 25; seconds += 1) {
    it(`fit into each other with QUARTILE_TIMEOUT_SECONDS=${seconds}`, () => {
      const timeoutMs = timeoutMsOf(seconds);
      // The deadline counts from before the claim. A refresh without an answer must leave time for a whole login.
      assert.ok(WRITE_MS + 2 * timeoutMs <= ATTEMPT_DEADLINE_MS, 'slow claim, refresh and login');
      const resendMs = resendDelayMs(0, undefined, 1);
      assert.ok(resendMs + 2 * timeoutMs < ATTEMPT_DEADLINE_MS, 'a refresh, and once again');
      assert.ok(timeoutMs <= CALLER_WAIT_MS, 'a caller outlasts one request');
    });
  }

  it('are those of the design', () => {
    assert.deepEqual([LEASE_MS, HEARTBEAT_MS, HEARTBEAT_REQUEST_MS], [15_000, 5_000, 2_000]);
    assert.deepEqual([ATTEMPT_DEADLINE_MS, TAKEOVER_GRACE_MS, TIMER_WAIT_MS], [60_000, 5_000, 95_000]);
    assert.deepEqual([limits.LONGEST_BELIEVABLE_LEASE_MS, limits.LONGEST_RETRY_AFTER_MS], [60_000, HOUR_MS]);
    assert.deepEqual([limits.MARK_MS, CALLER_WAIT_MS, STORE_REQUEST_TIMEOUT_MS], [55 * MINUTE_MS, 25_000, 5_000]);
  });

  it('let a heartbeat whose first request gets no answer renew the lease in time', () => {
    assert.ok(HEARTBEAT_MS + 2 * HEARTBEAT_REQUEST_MS < LEASE_MS);
  });

  it('leave a confirmed claim enough time for its first heartbeat', () => {
    assert.ok(limits.SHORT_LEASE_MS >= HEARTBEAT_MS + 2 * HEARTBEAT_REQUEST_MS);
  });

  it('end every lease 75 s after its claim', () => {
    assert.equal(ATTEMPT_DEADLINE_MS + LEASE_MS, 75_000);
  });

  it('let the timer see an attempt through to its recorded failure', () => {
    const notesMs = WRITE_TRIES * (WRITE_MS + FIRST_SAVE_RETRY_MS);
    assert.ok(ATTEMPT_DEADLINE_MS + notesMs <= TIMER_WAIT_MS);
  });

  it('let the timer see an attempt through that backs off for 50 s, as Retry-After asked', () => {
    assert.ok(50_000 + timeoutMsOf(10) <= ATTEMPT_DEADLINE_MS && ATTEMPT_DEADLINE_MS < TIMER_WAIT_MS);
  });

  it('let no worker take over that is only ahead of the holder', () => {
    assert.ok(TAKEOVER_GRACE_MS >= SKEW_MS);
  });

  it('let a caller that waits from the moment of a crash take over, log in and be served', () => {
    const loginMs = 3_000;
    assert.ok(LEASE_MS + limits.POLL_MS + loginMs + 1_000 < CALLER_WAIT_MS);
  });

  it('tell a lease of now from one that a broken clock wrote, whichever clock is ahead', () => {
    assert.ok(LEASE_MS + SKEW_MS < limits.LONGEST_BELIEVABLE_LEASE_MS);
  });

  it('let the timer end before it is called again', () => {
    assert.ok(TIMER_WAIT_MS < PERIOD_MS);
  });

  it("answer callers well before the load balancer's limit in Azure, 230 s", () => {
    assert.ok(STORE_REQUEST_TIMEOUT_MS + CALLER_WAIT_MS < 230_000);
  });

  it('let the login breaker end shortly before a run of the default schedule', () => {
    for (const refusals of [1, 2, 3, 4]) {
      const beforeRunMs = PERIOD_MS - (refusalWaitMs(refusals) % PERIOD_MS);
      assert.ok(beforeRunMs > 2 * ATTEMPT_DEADLINE_MS && beforeRunMs <= 5 * MINUTE_MS, `${refusals}`);
    }
  });

  it('bring the mark of a timer that runs before health misses it, however often it runs', () => {
    for (const periodMs of [MINUTE_MS, PERIOD_MS, HOUR_MS, 24 * HOUR_MS]) {
      assert.ok(limits.MARK_MS + periodMs + TIMER_WAIT_MS < 2 * periodMs + HOUR_MS);
    }
  });
});

describe('a day of timer runs with the default settings', () => {
  const rules = { marginMs: HOUR_MS, cooldownMs: 30_000, fingerprints: ['these credentials'] as const };
  const RUNS = 48;
  /** How late each run starts. */
  const delaysMs = fc.array(fc.nat({ max: 45_000 }), { minLength: RUNS, maxLength: RUNS });
  /** How long a rotation takes. */
  const takesMs = fc.nat({ max: 15_000 });

  it('has another run 25 min or more before a token expires, after the first that finds it due', () => {
    fc.assert(
      fc.property(delaysMs, takesMs, (delays, tookMs) => {
        const startsMs = delays.map((delayMs, run) => NOW_MS + run * PERIOD_MS + delayMs);
        const refreshedAtMs = (startsMs[0] ?? Number.NaN) + tookMs;
        const expiresAtMs = refreshedAtMs + 12 * HOUR_MS;
        const row = rowHolding({ accessExpiresAtMs: expiresAtMs }, { refreshedAtMs });
        const isDue = (nowMs: number) => decideStep(row, { trigger: 'timer' }, rules, { nowMs }).step === 'refresh';
        const first = startsMs.findIndex((startMs) => startMs > refreshedAtMs && isDue(startMs));
        assert.ok(expiresAtMs - (startsMs[first + 1] ?? Infinity) >= 25 * MINUTE_MS);
      }),
    );
  });
});
