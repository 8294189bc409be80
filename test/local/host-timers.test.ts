import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLog } from '../../src/local/host/log.ts';
import { planTimers, startTimers } from '../../src/local/host/timers.ts';
import type { HostFunction, Trigger } from '../../src/local/host/triggers.ts';

function timerFunction(trigger: Partial<Extract<Trigger, { kind: 'timer' }>> = {}, name = 'tick'): HostFunction {
  return {
    name,
    metadata: { name, bindings: {} },
    callback: () => {},
    trigger: { kind: 'timer', bindingName: 't', schedule: '* * * * * *', runOnStartup: false, ...trigger },
    hasRetryPolicy: false,
  };
}

function plan(functions: HostFunction[]) {
  return planTimers(functions, { env: {}, log: createLog({ write: () => {}, nowMs: () => 0 }) });
}

async function pass(seconds: number) {
  for (let second = 0; second < seconds; second += 1) {
    mock.timers.tick(1000);
    await nextTurn();
  }
}

describe('timers', () => {
  test('skip what comes due while a scheduled run is under way, and go on after it', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-01-01T00:00:00.500Z') });
    const runs: (() => void)[] = [];
    const timers = startTimers(plan([timerFunction()]), () => new Promise((resolve) => runs.push(resolve)));
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

  test('run at start-up only where they say so', () => {
    const started: string[] = [];
    const functions = [timerFunction({ runOnStartup: true }, 'eager'), timerFunction({}, 'calm')];
    startTimers(plan(functions), async (fn, reason) => void started.push(`${fn.name} ${reason}`)).stop();
    assert.deepEqual(started, ['eager startup']);
  });

  test('whose schedule cannot be read are switched off, the others are not', () => {
    let lines = '';
    const log = createLog({ write: (text) => (lines += text), nowMs: () => 0 });
    const functions = [timerFunction({ schedule: '%GONE%' }, 'off'), timerFunction({ schedule: '%HERE%' }, 'on')];
    const planned = planTimers(functions, { env: { HERE: '0 0 1 * * *' }, log });
    log.flush();
    assert.deepEqual(
      planned.map((timer) => [timer.fn.name, timer.expression]),
      [['on', '0 0 1 * * *']],
    );
    assert.equal(
      lines,
      '1970-01-01T00:00:00.000Z ERROR off: The timer is switched off: the setting GONE of its schedule is not set.\n',
    );
  });
});
