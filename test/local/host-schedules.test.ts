import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readSchedule } from '../../src/local/host/schedules.ts';
import { createSchedule } from '../../src/settings/schedule.ts';

describe('a timer schedule', () => {
  test('is taken literally, or from a setting', () => {
    assert.deepEqual(readSchedule('0 */30 * * * *', {}), { ok: true, expression: '0 */30 * * * *' });
    assert.deepEqual(readSchedule('%S%', { S: '0 5/15 * * * MON-FRI' }), {
      ok: true,
      expression: '0 5/15 * * * MON-FRI',
    });
  });

  test('names a setting that is missing', () => {
    for (const env of [{}, { S: '' }]) {
      const schedule = readSchedule('%S%', env);
      assert.ok(!schedule.ok && schedule.problem.includes('S of its schedule is not set'));
    }
  });

  test('is refused when NCRONTAB does not know it, and the value is not repeated', () => {
    for (const value of [
      'nonsense',
      '@daily',
      '0 0 0 L * *',
      '0 0 0 ? * MON#2',
      '61 * * * * *',
      '* * * *',
      '00:00:30',
      '',
    ]) {
      const schedule = readSchedule('%S%', { S: value || ' ' });
      assert.equal(schedule.ok, false, value);
      assert.ok(!schedule.ok && (value === '' || !schedule.problem.includes(value)), value);
    }
  });

  test('is refused when it never comes due', () => {
    assert.equal(readSchedule('0 0 0 30 2 *', {}).ok, false);
  });

  test('joins day of month and day of week with AND, in UTC', () => {
    const next = createSchedule('0 0 12 13 * FRI').nextRun(new Date('2026-01-01T00:00:00Z'));
    assert.equal(next?.toISOString(), '2026-02-13T12:00:00.000Z');
  });
});
