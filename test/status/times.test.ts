import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { CLOCK_SCRIPT } from '../../src/status/clock-script.ts';
import { sayClock, sayMoment, saySpan } from '../../src/status/times.ts';

const NOW = '2026-01-15T12:00:00.000Z';

describe('a moment', () => {
  it('is in UTC, with the year only if that is another one', () => {
    assert.equal(sayMoment('2026-01-05T18:00:01.999Z', NOW), '5 Jan, 18:00:01');
    assert.equal(sayMoment('2027-12-31T23:59:59.000Z', NOW), '31 Dec 2027, 23:59:59');
  });
});

describe('a span', () => {
  const spans: [seconds: number, said: string][] = [
    [0, '0 s'],
    [0.999, '0 s'],
    [61, '1 min 1 s'],
    [3600, '1 h'],
    [3659, '1 h'],
    [21_599, '5 h 59 min'],
    [1_130_400, '13 d 2 h'],
  ];
  for (const [seconds, said] of spans) {
    it(`of ${seconds} s is ${said}`, () => assert.equal(saySpan(seconds), said));
  }
});

describe('the clock', () => {
  const times: [seconds: number, said: string][] = [
    [0, '0:00:00'],
    [59, '0:00:59'],
    [21_599, '5:59:59'],
    [90_060, '25:01:00'],
  ];
  for (const [seconds, said] of times) {
    it(`shows ${said} with ${seconds} s left`, () => assert.equal(sayClock(seconds), said));
  }

  it('continues in the browser as it began', () => {
    const [source = ''] = /^const sayClock = .*?^};$/ms.exec(CLOCK_SCRIPT) ?? [];
    fc.assert(
      fc.property(fc.nat(20 * 86_400), (seconds) => {
        const inBrowser: unknown = runInNewContext(`(() => { ${source} return sayClock(seconds); })()`, { seconds });
        assert.equal(inBrowser, sayClock(seconds));
      }),
    );
  });
});
