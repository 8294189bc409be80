import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HttpRequest, InvocationContext } from '@azure/functions';
import { getHealth } from '../../src/functions/health.ts';
import { HOUR_MS } from '../fixtures.ts';

describe('the health function of a misconfigured app', () => {
  it('logs its state once an hour, however often anyone asks', async (t) => {
    t.mock.timers.enable({ apis: ['Date'] });
    process.env.TOKEN_ENCRYPTION_KEYS = 'wrong';
    const lines: string[] = [];
    const ask = async (method: 'GET' | 'HEAD') => {
      const logHandler = (_level: string, ...[line]: unknown[]) => void lines.push(String(line).split(' ', 1).join());
      const context = new InvocationContext({ invocationId: '1', functionName: 'getHealth', logHandler });
      return getHealth(new HttpRequest({ method, url: 'http://localhost/api/health' }), context);
    };
    assert.deepEqual([(await ask('GET')).status, (await ask('GET')).body], [503, '{"status":"down"}']);
    assert.deepEqual([(await ask('HEAD')).status, (await ask('HEAD')).body], [503, undefined]);
    for (let count = 0; count < 100; count += 1) await ask('GET');
    assert.deepEqual(lines, ['settings.invalid', 'health.not_ok']);
    t.mock.timers.tick(HOUR_MS - 1);
    await ask('GET');
    assert.deepEqual(lines.filter((line) => line === 'health.not_ok').length, 1);
    t.mock.timers.tick(1);
    await ask('GET');
    assert.deepEqual(lines.filter((line) => line === 'health.not_ok').length, 2);
  });
});
