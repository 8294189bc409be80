import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { HOUR_MS, NOW_MS } from '../fixtures.ts';
import {
  check,
  launchBrowser,
  type PageServer,
  skipWithoutBrowser,
  startPageServer,
  takeShot,
  watch,
} from './browser.ts';
import { endingIn, failingRow, freshRow, STATES, statusOf } from './states.ts';

describe('the status page in a browser', { timeout: 300_000, skip: skipWithoutBrowser }, () => {
  let browser: Browser;
  let server: PageServer;
  const pages: Page[] = [];
  before(async () => {
    [browser, server] = await Promise.all([launchBrowser(), startPageServer()]);
  });
  afterEach(() => Promise.all(pages.splice(0).map((page) => page.context().close())));
  after(async () => {
    await browser?.close();
    server?.close();
  });

  const newPage = async (options: BrowserContextOptions = {}) => {
    const page = await browser.newPage({ timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options });
    pages.push(page);
    return page;
  };
  for (const width of [360, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`can be read in all states on ${width} px, ${colorScheme}`, async () => {
        const page = await newPage({ viewport: { width, height: 800 }, colorScheme });
        const complaints = await watch(page, server.url);
        for (const [state, status] of Object.entries(STATES)) {
          server.show(status());
          await page.goto(server.url);
          await page.locator('summary').evaluateAll('(all) => all.forEach((one) => one.click())');
          const { textCount, ...faults } = await check(page);
          await takeShot(page, `${state} ${width} ${colorScheme}`);
          assert.ok(textCount > 30);
          assert.deepEqual([faults, complaints], [FAULTLESS, []], state);
        }
      });
    }
  }

  for (const [width, percent] of [
    [360, 125],
    [720, 200],
  ] as const) {
    it(`has room for letters of ${percent} % on ${width} px`, async () => {
      const page = await newPage({ viewport: { width, height: 800 } });
      for (const row of [freshRow(), failingRow(), endingIn(-HOUR_MS)]) {
        server.show(statusOf(row));
        await page.goto(server.url);
        await page.evaluate(`document.documentElement.style.fontSize = '${percent}%'`);
        const { cut, overflow } = await check(page);
        assert.deepEqual([cut, overflow], [[], 0]);
        const size = await page.evaluate('parseFloat(getComputedStyle(document.body).fontSize)');
        assert.ok(Number(size) >= 0.13 * percent);
      }
    });
  }

  it('shows what is in the row as text, however it looks', async () => {
    const evil = `</td><img src=x onerror="document.title='x'"><script>document.title='x'</script>`;
    const history = [{ atMs: NOW_MS, trigger: evil, kind: 'login' as const, outcome: evil, ms: 1 }];
    server.show(statusOf(failingRow({ history, lastFailureCode: evil })));
    const page = await newPage({ viewport: { width: 360, height: 800 } });
    const complaints = await watch(page, server.url);
    await page.goto(server.url);
    assert.match(await page.innerText('tbody'), /<\/td><img src=x onerror=/);
    const { cut, overflow } = await check(page);
    assert.deepEqual([cut, overflow, complaints], [[], 0, []]);
    assert.match(await page.title(), /^Degraded/);
  });

  it('has room for a thumb', async () => {
    server.show(statusOf(freshRow()));
    const page = await newPage({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 800 } });
    await page.goto(server.url);
    for (const selector of ['header a', 'summary']) {
      const box = await page.locator(selector).boundingBox();
      assert.ok(box && box.height >= 44, `${selector}: ${box?.height} px`);
    }
  });

  it('reloads by its link, which shows the focus of the keyboard', async () => {
    server.show(statusOf(freshRow()));
    const page = await newPage();
    await page.goto(server.url);
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    assert.deepEqual([await page.innerText(':focus'), outline], ['Reload', 'solid']);
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    assert.deepEqual([page.url(), server.requests()], [server.url, 2]);
  });

  it('without scripts shows the time of its rendering', async () => {
    server.show(statusOf(freshRow()));
    const page = await newPage({ javaScriptEnabled: false });
    await page.goto(server.url);
    assert.equal(await page.innerText('.remaining'), '6:00:00 left');
  });

  const zones: [timezoneId: string, until: RegExp][] = [
    ['Europe/Berlin', /^until 15 Jan, 18:00:00 UTC · 19:00 CET$/],
    ['Asia/Tokyo', /^until 15 Jan, 18:00:00 UTC · 16 Jan,? 03:00 (JST|GMT\+9)$/],
    ['UTC', /^until 15 Jan, 18:00:00$/],
  ];
  for (const [timezoneId, until] of zones) {
    it(`adds the reader's local time: ${timezoneId}`, async () => {
      server.show(statusOf(freshRow()));
      const page = await newPage({ timezoneId });
      await page.goto(server.url);
      assert.match(await page.innerText('.until'), until);
    });
  }

  describe('that stays open', () => {
    const open = async (lifeMs: number) => {
      const page = await newPage();
      await page.clock.install({ time: NOW_MS - HOUR_MS });
      await page.clock.pauseAt(NOW_MS);
      server.show(statusOf(endingIn(lifeMs)));
      await page.goto(server.url);
      return page;
    };
    const turnTab = (page: Page, hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
        document.dispatchEvent(new Event('visibilitychange'));
      `);

    it('counts down, and then says no longer that there is a token', async () => {
      const page = await open(30_000);
      assert.equal(await page.innerText('.remaining'), '0:00:30 left');
      await page.clock.runFor(3_000);
      assert.equal(await page.innerText('.remaining'), '0:00:27 left');
      await page.clock.runFor(27_000);
      const verdict = await page.innerText('.verdict');
      assert.match(verdict, /^The token on this page has expired\n/);
      assert.doesNotMatch(verdict, /OK|valid|left|until|fresh/);
      assert.equal(await page.title(), 'Old: OK · Quartile token “default”');
      assert.equal(server.requests(), 1, 'it is less than a minute old');
    });

    it('reloads when its clock runs out', async () => {
      const page = await open(90_000);
      server.show(statusOf(freshRow()));
      await page.clock.runFor(92_000);
      await page.waitForFunction('document.querySelector(".clock")?.textContent.startsWith("6:00:00")');
      assert.equal(server.requests(), 1);
    });

    it('reloads at most once a minute, however short the lives are', async () => {
      const page = await open(1_500);
      for (let second = 0; second < 300; second += 10) {
        await page.clock.runFor(10_000);
        await page.waitForSelector('.verdict');
      }
      assert.ok(server.requests() >= 3 && server.requests() <= 6, `${server.requests()} requests in 5 min`);
    });

    it('says how old it is, also in its tab, and does not disturb its reader', async () => {
      const page = await open(6 * HOUR_MS);
      assert.doesNotMatch(await page.innerText('header'), /old/);
      await page.clock.runFor(125_000);
      assert.match(await page.innerText('header'), /This page is 2 min old\./);
      assert.match(await page.title(), /^Old: OK/);
      await page.clock.runFor(3 * HOUR_MS);
      assert.match(await page.innerText('header'), /This page is 3 h old\./);
      assert.equal(server.requests(), 1);
    });

    it('reloads when its tab is shown again after a minute', async () => {
      const page = await open(6 * HOUR_MS);
      await turnTab(page, true);
      await page.clock.runFor(50_000);
      await turnTab(page, false);
      assert.equal(server.requests(), 1);
      await turnTab(page, true);
      await page.clock.runFor(11_000);
      assert.equal(server.requests(), 1);
      await Promise.all([page.waitForNavigation(), turnTab(page, false)]);
      assert.equal(server.requests(), 2);
    });

    it('does not reload without a network', async () => {
      const page = await open(30_000);
      await page.context().setOffline(true);
      await page.clock.runFor(600_000);
      assert.equal(server.requests(), 1);
      assert.match(await page.innerText('h1'), /has expired$/);
    });
  });
});

const FAULTLESS = {
  faint: [],
  cut: [],
  overflow: 0,
  skippedHeadings: [],
  landmarks: ['header', 'main', 'footer'],
  unnamedTables: 0,
  repeatedIds: 0,
  language: 'en',
};
