import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { writePage } from '../../src/status/page.ts';
import { NOW_MS } from '../fixtures.ts';
import { launchBrowser, skipWithoutBrowser } from './browser.ts';
import { reportOf } from './reports.ts';
import { freshRow } from './states.ts';

describe('the page where it is not a screen with a mouse', { timeout: 60_000, skip: skipWithoutBrowser }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  const open = async (options: Parameters<Browser['newPage']>[0]) => {
    const page = await browser.newPage(options);
    await page.setContent(writePage(reportOf(freshRow(NOW_MS))));
    const styleOf = (selector: string, property: string) =>
      page.evaluate(`getComputedStyle(document.querySelector('${selector}')).getPropertyValue('${property}')`);
    return { page, styleOf };
  };

  it('has room for a thumb', async () => {
    const { page } = await open({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 800 } });
    for (const selector of ['header a', 'summary']) {
      const box = await page.locator(selector).boundingBox();
      assert.ok(box && box.height >= 44, `${selector}: ${box?.height} px`);
    }
  });

  it('keeps the labels of its picture legible in the colours that the reader forces', async () => {
    const { page, styleOf } = await open({ forcedColors: 'active' });
    const [ink, back] = [await page.evaluate(systemColour('CanvasText')), await page.evaluate(systemColour('Canvas'))];
    assert.notEqual(ink, back);
    for (const label of ['.now-label', '.edge']) {
      assert.deepEqual([await styleOf(label, 'fill'), await styleOf(label, 'stroke')], [ink, back]);
    }
    assert.equal(await styleOf('.tick', 'stroke'), ink);
  });

  it('has on paper what can be read there', async () => {
    const { page, styleOf } = await open({});
    await page.emulateMedia({ media: 'print' });
    assert.deepEqual([await styleOf('header a', 'display'), await styleOf('details', 'display')], ['none', 'none']);
    assert.deepEqual(
      [await styleOf('section', 'break-inside'), await styleOf('tr', 'break-inside')],
      ['avoid', 'avoid'],
    );
  });
});

function systemColour(name: string): string {
  return `(() => {
    document.body.style.color = '${name}';
    return getComputedStyle(document.body).color;
  })()`;
}
