/** The page in this machine's browser: Debian's chromium, or another one with the same protocol. */
import assert from 'node:assert/strict';
import { accessSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import * as z from 'zod';
import { statusPageAnswer } from '../../src/http/status-route.ts';
import { CONTENT_SECURITY_POLICY, writePage } from '../../src/status/page.ts';
import type { Status } from '../../src/status/status.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Set in CI: a missing browser is then a failure. */
const REQUIRED = process.env.BROWSER_REQUIRED === '1';

/** The folder for screenshots, if they are wanted. */
const SHOTS = process.env.STATUS_SHOTS;

function findBrowser(): string | undefined {
  const dirs = ['/usr/bin', ...(process.env.PATH ?? '').split(path.delimiter).filter(Boolean)];
  return dirs.flatMap((dir) => NAMES.map((name) => path.join(dir, name))).find(exists);
}

function exists(file: string): boolean {
  try {
    accessSync(file);
    return true;
  } catch {
    return false;
  }
}

const executablePath = findBrowser();

/** Why the tests in a browser are skipped; false if they run. */
export const skipWithoutBrowser =
  executablePath === undefined && !REQUIRED && 'no chromium on this machine: apt-get install chromium';

/** Starts the browser, without its sandbox, as playwright-core does. @throws if there is none */
export async function launchBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('BROWSER_REQUIRED is set, and there is no chromium');
  return chromium.launch({ executablePath });
}

export type PageServer = {
  readonly url: string;
  /** How often the page was requested since `show`. */
  readonly requests: () => number;
  show(status: Status): void;
  close(): void;
};

/** Serves a page with the headers of the function's answer. */
export async function startPageServer(): Promise<PageServer> {
  let [page, requests] = ['', 0];
  const server = createServer((_, response) => {
    requests += 1;
    const { headers = {} } = statusPageAnswer(page, CONTENT_SECURITY_POLICY);
    response.writeHead(200, Object.fromEntries(Object.entries(headers))).end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}/api/status?code=a-key`,
    requests: () => requests,
    show(status) {
      [page, requests] = [writePage(status), 0];
    },
    close: () => server.close(),
  };
}

/** Errors and warnings of the page, and its requests other than for `url`. To be called before the page is opened. */
export async function watch(page: Page, url: string): Promise<string[]> {
  const complaints: string[] = [];
  await page.route('**/*', async (route) => {
    if (route.request().url() !== url) complaints.push(`request for ${route.request().url()}`);
    await route.continue();
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}

const checksSchema = z.strictObject({
  faint: z.array(z.string()),
  cut: z.array(z.string()),
  textCount: z.number(),
  overflow: z.number(),
  skippedHeadings: z.array(z.number()),
  landmarks: z.array(z.string()),
  unnamedTables: z.number(),
  repeatedIds: z.number(),
  language: z.string(),
});

const pageChecks = readFileSync(new URL('page-checks.js', import.meta.url), 'utf8');

/** Finds what readers with weak eyes or a phone would stumble over. */
export async function check(page: Page): Promise<z.infer<typeof checksSchema>> {
  return checksSchema.parse(await page.evaluate(pageChecks));
}

/** Takes a screenshot of the whole page, if screenshots are wanted. */
export async function takeShot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SHOTS, `${name.replaceAll(/\W+/g, '-')}.png`), fullPage: true });
}
