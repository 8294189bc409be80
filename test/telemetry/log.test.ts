import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { type Log, logDuring, type LogEvent, logToProcess } from '../../src/telemetry/log.ts';

/** A log that keeps its lines, each with the method that wrote it. */
function keepingLog() {
  const lines: string[] = [];
  const keep = (method: string) => (line: string) => void lines.push(`${method}: ${line}`);
  const log: Log = { info: keep('info'), warn: keep('warn'), error: keep('error') };
  return { lines, log };
}

/** Keeps the lines of the process. */
function mockConsole(t: TestContext): string[] {
  const { lines, log } = keepingLog();
  for (const method of ['info', 'warn', 'error'] as const) t.mock.method(console, method, log[method]);
  return lines;
}

describe('an event', () => {
  it('is written as a name, a space and JSON, as the queries of alerts and workbook read it', async () => {
    const { lines, log } = keepingLog();
    await logDuring(log, async (logEvent) => logEvent({ name: 'token.reported', account: 'default', generation: 7 }));
    assert.deepEqual(lines, ['info: token.reported {"account":"default","generation":7,"level":"info"}']);
  });

  it('has its level in the JSON: the host reads it there in a line of the process', (t) => {
    const lines = mockConsole(t);
    logToProcess({ name: 'rotation.save_delayed', account: 'default', code: 'TimeoutError' });
    logToProcess({ name: 'rotation.falls_back_to_login', account: 'default', code: 'http_500' });
    assert.deepEqual(lines, [
      'error: rotation.save_delayed {"account":"default","code":"TimeoutError","level":"error"}',
      'warn: rotation.falls_back_to_login {"account":"default","code":"http_500","level":"warning"}',
    ]);
  });

  it('goes to the log of the invocation while it runs, and to the process afterwards', async (t) => {
    const later = mockConsole(t);
    for (const end of [async () => {}, () => Promise.reject(new Error('failed'))]) {
      later.length = 0;
      const { lines, log } = keepingLog();
      let logEvent: LogEvent = () => assert.fail();
      const invocation = logDuring(log, async (own) => {
        logEvent = own;
        logEvent({ name: 'rotation.running_elsewhere', account: 'during' });
        return end();
      });
      await invocation.catch(() => undefined);
      logEvent({ name: 'rotation.running_elsewhere', account: 'later' });
      assert.deepEqual(lines, ['info: rotation.running_elsewhere {"account":"during","level":"info"}']);
      assert.deepEqual(later, ['info: rotation.running_elsewhere {"account":"later","level":"info"}']);
    }
  });

  it('that needs a key or a token is written each time', (t) => {
    const lines = mockConsole(t);
    for (let count = 0; count < 2; count += 1) {
      logToProcess({ name: 'token.reported', account: 'default', generation: 7 });
    }
    assert.equal(lines.length, 2);
  });

  it('that anyone can cause is written once a minute while it is the same', (t) => {
    t.mock.timers.enable({ apis: ['Date'] });
    const lines = mockConsole(t);
    const log = (code: string) => logToProcess({ name: 'caller.store_failed', code });
    for (let count = 0; count < 100; count += 1) log('ECONNREFUSED');
    assert.equal(lines.length, 1);
    t.mock.timers.tick(59_999);
    log('ECONNREFUSED');
    assert.equal(lines.length, 1);
    log('TimeoutError');
    log('TimeoutError');
    assert.equal(lines.length, 2);
    t.mock.timers.tick(60_000);
    log('TimeoutError');
    assert.equal(lines.length, 3);
  });
});
