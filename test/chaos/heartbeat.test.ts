import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startHeartbeat } from './heartbeat.ts';

describe('startHeartbeat', () => {
  it('tells how late a beat came since then, at most, and counts one that is overdue', (context) => {
    const { timers } = context.mock;
    timers.enable({ apis: ['setInterval', 'Date'], now: 1_000 });
    const heartbeat = startHeartbeat();
    timers.tick(20);
    assert.equal(heartbeat.longestDelayMs(1_000), 0);
    timers.setTime(1_340); // nothing runs, as while the machine does something else
    assert.equal(heartbeat.longestDelayMs(1_000), 300);
    timers.tick(10);
    assert.equal(heartbeat.longestDelayMs(1_000), 310);
    assert.equal(heartbeat.longestDelayMs(1_351), 0);
    heartbeat.stop();
  });
});
