import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { HOUR_MS, NOW_MS } from '../fixtures.ts';
import { launchBrowser, skipWithoutBrowser } from './browser.ts';
import { type PageServer, startPageServer } from './page-server.ts';
import { reportOf } from './reports.ts';
import { endingIn, freshRow } from './states.ts';

describe('a page that has been open for long', { timeout: 120_000, skip: skipWithoutBrowser }, () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  before(async () => {
    [browser, server] = await Promise.all([launchBrowser(), startPageServer()]);
  });
  beforeEach(async () => {
    page = await browser.newPage({ timezoneId: 'Europe/Berlin', locale: 'en-GB' });
    await page.clock.install({ time: NOW_MS });
  });
  afterEach(() => page.context().close());
  after(async () => {
    await browser?.close();
    server?.close();
  });

  const open = async (lifeMs: number) => {
    server.show(reportOf(endingIn(lifeMs, NOW_MS)));
    await page.goto(server.url);
  };
  const passSeconds = (seconds: number) => page.clock.runFor(seconds * 1_000);
  /** Leaves the tab, or comes back to it. */
  const turn = (visibility: 'away' | 'back') =>
    page.evaluate(`
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${visibility === 'away'} });
      document.dispatchEvent(new Event('visibilitychange'));
    `);
  const icon = () => page.getAttribute('[rel=icon]', 'href');

  it('says what was so no longer, when its clock has run out', async () => {
    await open(30_000);
    assert.match(await page.innerText('.remaining'), /^0:00:(30|29) left$/);
    const earlierIcon = await icon();
    await passSeconds(30);
    const text = await page.innerText('main > :first-child');
    assert.match(text, /^This page is old: look again\n/);
    assert.doesNotMatch(text, /OK|live|left|until|fresh/);
    assert.equal(await page.title(), 'This page is old: look again');
    assert.notEqual(await icon(), earlierIcon);
    assert.equal(await page.locator('.verdict.ok').count(), 0);
    assert.equal(server.asked(), 1, 'it is not a minute old');
  });

  it('looks again by itself where somebody sees its clock run out', async () => {
    await open(90_000);
    server.show(reportOf(freshRow(NOW_MS)));
    await passSeconds(91);
    await page.waitForSelector('.verdict.ok');
    assert.match(await page.innerText('.remaining'), /^(6:00:00|5:59:\d\d) left$/);
    assert.equal(server.asked(), 1);
  });

  it('does so once a minute at most, however short the lives are', async () => {
    await open(1_500);
    for (let second = 0; second < 300; second += 10) {
      await passSeconds(10);
      await page.waitForSelector('.verdict');
    }
    assert.ok(server.asked() <= 6, `asked for ${server.asked()} times in 5 min`);
    assert.ok(server.asked() >= 3, `asked for ${server.asked()} times in 5 min`);
  });

  it('tells its age, and after a minute that it is old: in its tab, too', async () => {
    await open(6 * HOUR_MS);
    const header = () => page.innerText('header');
    assert.match(await header(), /Table read 15 Jan, 12:00:00 UTC · 13:00 CET, just now\. All times are in UTC/);
    assert.doesNotMatch(await header(), /over a minute old/);
    await passSeconds(125);
    assert.match(await header(), /CET, 2 min ago\..*This page is over a minute old\.\s+Look again/s);
    assert.equal(await page.title(), 'Old: OK · Quartile token “default”');
    assert.equal(server.asked(), 1, 'who reads it is not disturbed');
  });

  it('looks again when somebody comes back to it after a minute', async () => {
    await open(6 * HOUR_MS);
    await turn('away');
    await passSeconds(50);
    await turn('back');
    assert.equal(server.asked(), 1);
    await turn('away');
    await passSeconds(15);
    await Promise.all([page.waitForNavigation({ timeout: 10_000 }), turn('back').catch(() => undefined)]);
    assert.match(await page.title(), /^OK/);
    assert.equal(server.asked(), 2);
  });

  it('leaves the service alone while nobody looks at it', async () => {
    await open(90_000);
    await turn('away');
    await passSeconds(600);
    assert.equal(server.asked(), 1);
    assert.equal(await page.title(), 'This page is old: look again');
  });
});

describe('the moments of the verdict', { timeout: 60_000, skip: skipWithoutBrowser }, () => {
  const zones: [timezoneId: string, until: RegExp][] = [
    ['Europe/Berlin', /^until 15 Jan, 18:00:00 UTC · 19:00 CET$/],
    ['Asia/Tokyo', /^until 15 Jan, 18:00:00 UTC · 16 Jan,? 03:00 (JST|GMT\+9)$/],
    ['UTC', /^until 15 Jan, 18:00:00$/],
  ];
  it("are in the reader's time, too, where that is another", async () => {
    const [browser, server] = await Promise.all([launchBrowser(), startPageServer()]);
    try {
      server.show(reportOf(freshRow(NOW_MS)));
      for (const [timezoneId, until] of zones) {
        const page = await browser.newPage({ timezoneId, locale: 'en-GB' });
        await page.goto(server.url);
        assert.match(await page.innerText('.until'), until);
        await page.context().close();
      }
    } finally {
      await browser.close();
      server.close();
    }
  });
});
