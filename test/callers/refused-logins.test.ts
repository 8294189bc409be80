import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRefusedLogins } from '../../src/callers/refused-logins.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { MINUTE_MS } from '../fixtures.ts';

describe('refused logins', () => {
  it('are logged as one line per minute, with a count and the existing callers among the names', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const [own, later]: [TelemetryEvent[], TelemetryEvent[]] = [[], []];
    const refusedLogins = createRefusedLogins((event) => void later.push(event));
    const add = (caller?: string) => refusedLogins.add({ caller }, (event) => void own.push(event));
    const name = 'caller.logins_refused';

    add('worker');
    assert.deepEqual(own, [{ name, count: 1, callers: ['worker'] }], 'the first one at once');
    for (let count = 0; count < 1_000; count += 1) add();
    add('other');
    add('other');
    t.mock.timers.tick(MINUTE_MS - 1);
    assert.deepEqual([own.length, later], [1, []]);
    t.mock.timers.tick(1);
    assert.deepEqual(later, [{ name, count: 1_002, callers: ['other'] }], 'the rest at the end of the minute');
    add();
    assert.equal(own.length, 1, 'that line opened another minute');
    t.mock.timers.tick(MINUTE_MS);
    assert.deepEqual(later.slice(1), [{ name, count: 1, callers: [] }]);
    t.mock.timers.tick(10 * MINUTE_MS);
    assert.equal(later.length, 2);
    add('worker');
    assert.deepEqual(own.slice(1), [{ name, count: 1, callers: ['worker'] }], 'after a quiet minute at once again');
  });
});
