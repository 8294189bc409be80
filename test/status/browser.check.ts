import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { fingerprintCredentials } from '../../src/quartile/fingerprint.ts';
import { writePage } from '../../src/status/page.ts';
import { openTable } from '../../src/store/azure-table.ts';
import { ROW_KEY } from '../../src/store/entity.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { credentials, ENCRYPTION_KEY } from '../e2e/credentials.ts';
import type { RunningHost } from '../e2e/running-host.ts';
import { type Stack, startStack } from '../e2e/stack.ts';
import { HOUR_MS, keyRing, keySetting, MINUTE_MS } from '../fixtures.ts';
import { launchBrowser, skipWithoutBrowser } from './browser.ts';
import { reportOf } from './reports.ts';
import {
  endingIn,
  failingRow,
  freshRow,
  refusedRow,
  rotatingRow,
  SECRETS,
  silentRow,
  unreadableRow,
} from './states.ts';
import { check, type Look, LOOKS, visit } from './visit.ts';

/** In the middle of an hour that does not end while this runs: the timer is to come soon, and not now. */
const schedule = `0 ${(new Date().getUTCMinutes() + 25) % 60} * * * *`;
const FUNCTION_KEY = 'a-function-key-of-the-page';
const skip =
  skipWithoutBrowser || (process.env.E2E_HOST === 'func' && 'the keys of func start are not known to the test');

describe('the status page in a browser', { timeout: 300_000, skip }, () => {
  let browser: Browser;
  let stack: Stack;
  before(async () => {
    browser = await launchBrowser();
    stack = await startStack({
      args: ['--enable-auth', '--function-key', FUNCTION_KEY, '--master-key', 'a-master-key-of-the-page'],
      settings: { REFRESH_SCHEDULE: schedule },
    });
  });
  after(async () => {
    await browser?.close();
    await stack?.stop();
  });

  const urlOf = (host: RunningHost) => `${host.url}/api/status?code=${FUNCTION_KEY}`;
  const secrets = () => [
    ...Object.values(SECRETS),
    ...Object.values(credentials),
    FUNCTION_KEY,
    ...fingerprints(),
    ...[ENCRYPTION_KEY, 'jwt'].map((id) => keySetting(id).split(':')[1] ?? ''),
  ];
  const fingerprints = () =>
    fingerprintCredentials({ baseUrl: stack.simulator.baseUrl, ...credentials, timeoutMs: 1 }, keyRing(ENCRYPTION_KEY));

  /** Looks at it in every way, and finds nothing wrong with it but the words that are expected. */
  const looksRight = async (host: RunningHost, shot: string, words: readonly RegExp[]) => {
    const hidden = secrets();
    const lookAt = (look: Look) =>
      visit(browser, urlOf(host), { look, shot }, async ({ page, text, checks, complaints, otherRequests }) => {
        const where = `${shot} at ${look.width} px, ${look.scheme}`;
        for (const word of words) assert.match(text, word, where);
        const { textCount, overflow, ...faults } = checks;
        assert.ok(textCount > 30, where);
        assert.ok(overflow <= 0, `${where}: ${overflow} px too wide`);
        assert.deepEqual(faults, faultless, where);
        assert.deepEqual([complaints, otherRequests], [[], []], where);
        const source = await page.content();
        for (const secret of hidden) assert.ok(!source.includes(secret), where);
      });
    await Promise.all(LOOKS.map(lookAt));
  };

  it('is right on an empty table', async () => {
    await looksRight(stack.host, 'empty', [
      /^Down$/m,
      /no live access token/,
      /There is no pair in the table/,
      /none in the table/,
    ]);
    assert.equal(await stack.row(), undefined);
    assert.deepEqual(stack.simulator.stats().requests, { login: 0, refresh: 0 });
  });

  it('is right with the first pair of all', async () => {
    assert.equal((await stack.host.getToken(`?code=${FUNCTION_KEY}`)).status, 200);
    await looksRight(stack.host, 'first', [/^OK$/m, /11:59:\d\d/, /^Wanted by\s+caller$/m, /^Generation\s+1$/m]);
  });

  const states: [name: string, row: (nowMs: number) => TokenRow, words: RegExp[]][] = [
    [
      'fresh',
      freshRow,
      [/^OK$/m, /There is a live access token/, /5:59:\d\d/, /The pair is fresh/, /next check (\d+ \w{3} )?\d\d:\d\d/],
    ],
    ['due', (nowMs) => endingIn(40 * MINUTE_MS, nowMs), [/^OK$/m, /0:39:\d\d/, /The margin has begun/]],
    ['rotating', rotatingRow, [/^OK$/m, /right now/, /refresh, wanted by the timer$/m, /0:44:\d\d/]],
    ['failing', failingRow, [/^Degraded$/m, /failed 2 times in a row/, /http_503/, /^What to do:$/m, /asks to wait/]],
    ['expired', (nowMs) => endingIn(-HOUR_MS, nowMs), [/^Down$/m, /last one known ended/, /^What to do:$/m, /→|now/]],
    ['long expired', (nowMs) => endingIn(-90 * 24 * HOUR_MS, nowMs), [/^Down$/m, /It has ended/, /now .*→/]],
    ['timer silent', silentRow, [/^Degraded$/m, /8:59:\d\d/, /timer has not been seen/, /REFRESH_SCHEDULE/]],
    [
      'credentials refused',
      (nowMs) => refusedRow(nowMs, fingerprints()),
      [/^Down$/m, /refuses our credentials/, /credentials_refused, 3 times/, /QUARTILE_PASSWORD/, /No login before/],
    ],
  ];
  for (const [name, row, words] of states) {
    it(`is right when ${name}, and changes nothing`, async () => {
      await stack.changeRow(() => row(Date.now()));
      const [stored, { requests }] = [await stack.store.read('default'), stack.simulator.stats()];
      await looksRight(stack.host, name.replaceAll(' ', '-'), words);
      assert.deepEqual(await stack.store.read('default'), stored);
      assert.deepEqual(stack.simulator.stats().requests, requests);
    });
  }

  it('has room for its labels on a phone, at any time of the day and of a life', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 800 } });
    for (const nowMs of [Date.UTC(2026, 8, 15, 12), Date.UTC(2026, 8, 29, 23, 50), Date.UTC(2026, 11, 31, 23, 50)]) {
      for (const hours of [12, 11.7, 10, 8, 7, 6, 5, 4, 2, 1, 0.2, -0.2, -1, -4, -8, -11, -13, -400, -9000]) {
        for (const yearly of [false, true]) {
          const row = endingIn(hours * HOUR_MS, nowMs);
          const report = reportOf(row, { nowMs, ...(yearly ? { schedule: '0 0 0 1 9 *' } : {}) });
          await page.setContent(writePage(report));
          const { cut, overlapping, overflow } = await check(page);
          assert.deepEqual(
            { cut, overlapping, overflow },
            { cut: [], overlapping: [], overflow: 0 },
            `${hours} h left`,
          );
        }
      }
    }
    await page.close();
  });

  it('shows what somebody wrote into the table as text, however it looks', async () => {
    const evil = `</td><img src=x onerror="document.title='x'"><script>document.title='x'</script>${'w'.repeat(200)}`;
    const attempt = { atMs: Date.now(), trigger: evil, kind: 'login' as const, outcome: evil, ms: 1e300 };
    await stack.changeRow(() => ({
      ...freshRow(Date.now()),
      history: [attempt],
      lastFailureCode: evil,
      consecutiveFailures: 1,
    }));
    await looksRight(stack.host, 'evil', [/<\/td><img src=x onerror=/]);
    await visit(browser, urlOf(stack.host), {}, async ({ page }) => {
      const row = await page.locator('tbody tr').first().boundingBox();
      assert.ok(row && row.height < 160, `a row of ${row?.height} px`);
    });
  });

  it('has a clock that runs, which ends with the token; and without scripts the time of its rendering', async () => {
    await stack.changeRow(() => endingIn(55_000, Date.now())); // under a minute: it would load itself again
    await visit(browser, urlOf(stack.host), { heldAtMs: Date.now() }, async ({ page }) => {
      const clock = page.locator('.clock');
      const first = secondsOn(await clock.innerText());
      assert.ok(first > 3 && first <= 55);
      await page.clock.runFor(3_000);
      assert.equal(secondsOn(await clock.innerText()), first - 3);
      await page.clock.runFor((first - 3) * 1000);
      assert.equal(await page.innerText('h1'), 'This page is old: look again');
    });
    await stack.changeRow(() => freshRow(Date.now()));
    await visit(browser, urlOf(stack.host), { script: false }, async ({ page, complaints }) => {
      assert.match(await page.locator('.clock').innerText(), /^5:59:\d\d$/);
      assert.deepEqual(complaints, []);
    });
  });

  it('leads to itself by its link, and shows where the keyboard is', async () => {
    await visit(browser, urlOf(stack.host), {}, async ({ page }) => {
      await page.keyboard.press('Tab');
      const outline = await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`);
      assert.deepEqual([await page.innerText(':focus'), outline], ['Look again', 'solid']);
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      assert.equal(page.url(), urlOf(stack.host));
      assert.match(await page.title(), /^OK/);
    });
  });

  it("names callers' keys where they have tokens of ours", async () => {
    const settings = { CALLER_AUTH: 'jwt', CALLER_JWT_KEYS: `${keySetting('jwt')},${keySetting('jwt-old')}` };
    const host = await stack.startHost({ settings });
    await looksRight(host, 'jwt', [/CALLER_JWT_KEYS/, /jwt signs what is new/, /jwt-old only verifies what is there/]);
  });

  it('is right when the row does not open, for those who know an earlier one and those who do not', async () => {
    await stack.changeRow(() => freshRow(Date.now()));
    assert.equal((await fetch(urlOf(stack.host))).status, 200);
    await stack.changeRow(() => unreadableRow(Date.now()));
    await looksRight(stack.host, 'unreadable', [
      /^Degraded$/m,
      /tokens in the table do not open/,
      /5:59:\d\d/,
      /k20260101-a1b2c3/,
    ]);
    const host = await stack.startHost();
    const words = [/^Down$/m, /unknown_key: their key is not in TOKEN_ENCRYPTION_KEYS/, /k20260101-a1b2c3/];
    await looksRight(host, 'unreadable-unknown', words);
  });

  it('is right when the row was deleted, for those who remember its pair; and so is the health', async () => {
    await stack.changeRow(() => freshRow(Date.now()));
    assert.equal((await fetch(urlOf(stack.host))).status, 200);
    const { connectionString } = stack.azurite;
    const table = await openTable({ kind: 'connection-string', connectionString }, 'tokens');
    await table.deleteEntity('default', ROW_KEY);
    const words = [/^Degraded$/m, /The row is gone; the last token known is served/, /5:59:\d\d/, /^Generation\s+7$/m];
    await looksRight(stack.host, 'pair-missing', words);
    const health = await stack.host.health();
    assert.deepEqual([health.status, await health.text()], [200, '{"status":"degraded"}']);
    await stack.store.write(freshRow(Date.now()), undefined);
  });

  it('is right when the table is out of reach, for those who know a token and those who know none', async () => {
    await stack.changeRow(() => freshRow(Date.now()));
    await looksRight(stack.host, 'before', [/^OK$/m]);
    const ignorant = await stack.startHost();
    await stack.azurite.stop();
    await looksRight(stack.host, 'store-down', [/^Degraded$/m, /out of reach/, /5:59:\d\d/, /storage account/]);
    await looksRight(ignorant, 'store-down-unknown', [/^Down$/m, /out of reach/, /no live access token/]);
  });
});

/** What a clock shows. */
function secondsOn(text: string): number {
  const [, minutes, seconds] = /^0:(\d\d):(\d\d)$/.exec(text) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

const faultless = {
  faint: [],
  cut: [],
  overlapping: [],
  skippedHeadings: [],
  landmarks: ['header', 'main', 'footer'],
  unnamedPictures: 0,
  unnamedTables: 0,
  repeatedIds: 0,
  language: 'en',
};
