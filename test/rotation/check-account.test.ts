import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkAccount, RotationFailedError } from '../../src/rotation/check-account.ts';
import { sleep } from '../../src/sleep.ts';
import type { Rotation } from '../../src/rotation/rotate.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { DAY_MS, HOUR_MS, NOW_MS, rowHolding, tokenRow } from '../fixtures.ts';

async function check(
  rotation: Promise<Rotation>,
  patience = sleep,
  events: TelemetryEvent[] = [],
): Promise<TelemetryEvent[]> {
  const parts = {
    rotator: { rotate: () => rotation, isSavePending: () => false },
    nowMs: () => NOW_MS,
    sleep: patience,
  };
  const occasion = { trigger: 'timer' } as const;
  await checkAccount(parts, { account: 'default', occasion, logEvent: (event) => events.push(event) });
  return events;
}

const failsWith = (code: string) => (error: unknown) => error instanceof RotationFailedError && error.code === code;

describe("the timer's check", () => {
  it('succeeds if nothing is due, if a pair was renewed, and if another worker rotates', async () => {
    const row = tokenRow();
    const names = async (rotation: Rotation) => (await check(Promise.resolve(rotation))).map(({ name }) => name);
    assert.deepEqual(await names({ result: 'not-due', row }), ['rotation.not_due']);
    assert.deepEqual(await names({ result: 'done', row }), []);
    assert.deepEqual(await names({ result: 'elsewhere' }), ['rotation.running_elsewhere']);
  });

  it('logs how long both tokens are valid: the end of the refresh token is worth an alert', async () => {
    const row = rowHolding({
      accessExpiresAtMs: NOW_MS + 2 * HOUR_MS + 999,
      refreshExpiresAtMs: NOW_MS + DAY_MS,
    });
    assert.deepEqual(await check(Promise.resolve({ result: 'not-due', row })), [
      { name: 'rotation.not_due', account: 'default', secondsLeft: 7200, refreshSecondsLeft: 86_400 },
    ]);
  });

  it('fails if the rotation failed', async () => {
    const failed = { result: 'failed', code: 'http_500', culprit: 'upstream', row: undefined } as const;
    await assert.rejects(check(Promise.resolve(failed)), failsWith('http_500'));
  });

  it('fails if a rotation is due and held back', async () => {
    const held = { result: 'held-back', code: 'login_refused', untilMs: NOW_MS, row: tokenRow() } as const;
    const events: TelemetryEvent[] = [];
    await assert.rejects(check(Promise.resolve(held), sleep, events), failsWith('login_refused'));
    const until = new Date(NOW_MS).toISOString();
    const left = { secondsLeft: 6 * 3600, refreshSecondsLeft: 13 * 86_400 };
    assert.deepEqual(events, [
      { name: 'rotation.held_back', account: 'default', code: 'login_refused', until, ...left },
    ]);
  });

  it('fails if a received pair is still not saved after 95 s', async () => {
    const waits: number[] = [];
    const forever = new Promise<never>(() => undefined);
    const patience = async (ms: number) => void waits.push(ms);
    await assert.rejects(check(forever, patience), failsWith('still_running'));
    assert.deepEqual(waits, [95_000]);
  });
});
