import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { CLOCK_SCRIPT } from '../../src/status/clock-script.ts';
import { sayClock, sayMoment, sayMomentBriefly, sayMs, saySpan, toIso } from '../../src/status/moments.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS } from '../fixtures.ts';

describe('moments', () => {
  it('are said in UTC, with the year where that is another', () => {
    assert.equal(sayMoment(NOW_MS + 1_999, NOW_MS), '15 Jan, 12:00:01');
    assert.equal(sayMoment(NOW_MS + 365 * DAY_MS, NOW_MS), '15 Jan 2027, 12:00:00');
  });

  it('are said as briefly as today allows', () => {
    const moments = [NOW_MS + HOUR_MS, NOW_MS + 13 * HOUR_MS, NOW_MS + 365 * DAY_MS];
    assert.deepEqual(
      moments.map((ms) => sayMomentBriefly(ms, NOW_MS)),
      ['13:00', '16 Jan 01:00', '15 Jan 2027'],
    );
  });

  it('are never too far off to be said', () => {
    for (const ms of [Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0]) {
      assert.match(sayMoment(ms, NOW_MS), /^\d+ [A-Z][a-z]{2} -?\d+, \d\d:\d\d:\d\d$/);
      assert.match(sayMomentBriefly(ms, NOW_MS), /^\d+ [A-Z][a-z]{2} -?\d+$/);
      assert.ok(!Number.isNaN(Date.parse(toIso(ms))));
    }
  });
});

describe('spans', () => {
  const spans: [ms: number, said: string][] = [
    [-1, '0 s'],
    [0, '0 s'],
    [999, '0 s'],
    [1_000, '1 s'],
    [61_000, '1 min 1 s'],
    [HOUR_MS, '1 h'],
    [HOUR_MS + 59_000, '1 h'],
    [6 * HOUR_MS - 1, '5 h 59 min'],
    [13 * DAY_MS + 2 * HOUR_MS, '13 d 2 h'],
  ];
  for (const [ms, said] of spans) it(`of ${ms} ms are ${said}`, () => assert.equal(saySpan(ms), said));

  it('in milliseconds are grouped by thousands', () => {
    assert.deepEqual([0, 999, 10_012, 1_234_567, 1e300].map(sayMs), [
      '0',
      '999',
      '10\u202F012',
      '1\u202F234\u202F567',
      '1e+300',
    ]);
  });
});

describe('the clock', () => {
  const times: [ms: number, said: string][] = [
    [-1, '0:00:00'],
    [999, '0:00:00'],
    [59_999, '0:00:59'],
    [6 * HOUR_MS - 1, '5:59:59'],
    [DAY_MS - 1, '23:59:59'],
    [DAY_MS + 61 * MINUTE_MS, '1 d 01:01:00'],
  ];
  for (const [ms, said] of times) it(`says ${said} with ${ms} ms left`, () => assert.equal(sayClock(ms), said));

  it('goes on in the browser as it began', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 20 * DAY_MS }), (ms) => {
        assert.equal(inBrowser('sayClock', ms), sayClock(ms));
      }),
    );
  });
});

describe('ages, in the browser', () => {
  const ages: [ms: number, said: string][] = [
    [-1, 'just now'],
    [MINUTE_MS - 1, 'just now'],
    [MINUTE_MS, '1 min ago'],
    [HOUR_MS - 1, '59 min ago'],
    [HOUR_MS, '1 h ago'],
    [2 * DAY_MS - 1, '47 h ago'],
    [2 * DAY_MS, '2 d ago'],
  ];
  for (const [ms, said] of ages) it(`of ${ms} ms are ${said}`, () => assert.equal(inBrowser('sayAge', ms), said));
});

/** What a function of the page's script returns. */
function inBrowser(name: string, ms: number): unknown {
  const [source = ''] = new RegExp(`^const ${name} = .*?^};$`, 'ms').exec(CLOCK_SCRIPT) ?? [];
  return runInNewContext(`(() => { ${source} return ${name}(ms); })()`, { ms });
}
