import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { writePage } from '../../src/status/page.ts';
import { HOUR_MS, NOW_MS } from '../fixtures.ts';
import { launchBrowser, skipWithoutBrowser } from './browser.ts';
import { FINGERPRINTS, reportOf } from './reports.ts';
import { endingIn, failingRow, refusedRow } from './states.ts';
import { check } from './visit.ts';

describe('the page with large letters', { timeout: 120_000, skip: skipWithoutBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  const rows = [6, 1, -1, -400].map((hours) => endingIn(hours * HOUR_MS, NOW_MS));
  const sizes: [width: number, percent: number][] = [
    [360, 100],
    [360, 125],
    [720, 200],
    [1280, 200],
  ];
  for (const [width, percent] of sizes) {
    it(`has letters of ${percent} % on ${width} px, and room for all of them`, async () => {
      const page = await browser.newPage({ viewport: { width, height: 800 } });
      for (const row of [...rows, failingRow(NOW_MS), refusedRow(NOW_MS, FINGERPRINTS)]) {
        await page.setContent(writePage(reportOf(row)));
        await page.evaluate(`document.documentElement.style.fontSize = '${percent}%'`);
        const { cut, overlapping, overflow } = await check(page);
        assert.deepEqual({ cut, overlapping, overflow }, { cut: [], overlapping: [], overflow: 0 });
        for (const selector of ['body', '.line text']) {
          const size = await page.evaluate(
            `parseFloat(getComputedStyle(document.querySelector('${selector}')).fontSize)`,
          );
          assert.ok(Number(size) >= 0.13 * percent, `${selector}: ${String(size)} px`);
        }
      }
      await page.close();
    });
  }
});
