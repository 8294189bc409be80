import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HostFunction, TimerTrigger } from '../../src/local/host/load-app.ts';
import { createLog } from '../../src/local/host/log.ts';
import { planTimers, readSchedule, startTimers } from '../../src/local/host/timers.ts';
import { createSchedule } from '../../src/settings/schedule.ts';

function timerFunction(schedule: string, name = 'tick'): HostFunction<TimerTrigger> {
  const trigger = { kind: 'timer', bindingName: 't', schedule } as const;
  return { name, metadata: { name, bindings: {} }, callback: () => {}, trigger };
}

async function pass(seconds: number) {
  for (let second = 0; second < seconds; second += 1) {
    mock.timers.tick(1000);
    await nextTurn();
  }
}

describe('a timer schedule', () => {
  test('is literal, or comes from a setting', () => {
    assert.deepEqual(readSchedule('0 */30 * * * *', {}), { ok: true, value: '0 */30 * * * *' });
    const expression = '0 5/15 * * * MON-FRI';
    assert.deepEqual(readSchedule('%S%', { S: expression }), { ok: true, value: expression });
  });

  test('names a setting that is missing', () => {
    for (const env of [{}, { S: '' }]) {
      assert.deepEqual(readSchedule('%S%', env), { ok: false, error: 'the setting S of its schedule is not set' });
    }
  });

  test('is refused if it is not NCRONTAB, and its value is not repeated', () => {
    const values = ['nonsense', '@daily', '0 0 0 L * *', '0 0 0 ? * MON#2', '61 * * * * *', '* * * *', '00:00:30', ' '];
    for (const value of values) {
      const schedule = readSchedule('%S%', { S: value });
      assert.ok(!schedule.ok && schedule.error.startsWith('its schedule %S% is not an NCRONTAB'), value);
    }
  });

  test('is refused if it never comes due', () => {
    assert.deepEqual(readSchedule('0 0 0 30 2 *', {}), { ok: false, error: 'its schedule never comes due' });
  });

  test('joins day of month and day of week with AND, in UTC', () => {
    const next = createSchedule('0 0 12 13 * FRI').nextRun(new Date('2026-01-01T00:00:00Z'));
    assert.equal(next?.toISOString(), '2026-02-13T12:00:00.000Z');
  });
});

describe('timers', () => {
  test('skip a run that comes due during a scheduled run, and continue after it', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-01-01T00:00:00.500Z') });
    const runs: (() => void)[] = [];
    const planned = [{ fn: timerFunction('* * * * * *'), expression: '* * * * * *' }];
    const timers = startTimers(planned, () => new Promise((resolve) => runs.push(resolve)));
    try {
      await pass(5);
      assert.equal(runs.length, 1);
      runs[0]?.();
      await pass(2);
      assert.equal(runs.length, 2);
      timers.stop();
      runs[1]?.();
      await pass(2);
      assert.equal(runs.length, 2);
    } finally {
      timers.stop();
      mock.timers.reset();
    }
  });

  test('whose schedule cannot be read are disabled with one line in the log, the others are not', () => {
    let lines = '';
    const log = createLog({ write: (text) => (lines += text), nowMs: () => 0 });
    const functions = [timerFunction('%GONE%', 'off'), timerFunction('%HERE%', 'on')];
    const planned = planTimers(functions, { env: { HERE: '0 0 1 * * *' }, log });
    assert.deepEqual(
      planned.map((timer) => [timer.fn.name, timer.expression]),
      [['on', '0 0 1 * * *']],
    );
    const problem = 'The timer is disabled: the setting GONE of its schedule is not set.';
    assert.equal(lines, `1970-01-01T00:00:00.000Z ERROR off: ${problem}\n`);
  });
});
