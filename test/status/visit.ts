/** One visit to the page: what the browser saw, complained about and asked for. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import * as z from 'zod';

/** Where screenshots go, if they are wanted. */
const SHOTS = process.env.STATUS_SHOTS;

export type Look = { readonly width: number; readonly scheme: 'light' | 'dark' };

/** A phone and a desk, by day and by night. */
export const LOOKS: readonly Look[] = [360, 1280].flatMap((width) => [
  { width, scheme: 'light' as const },
  { width, scheme: 'dark' as const },
]);

const checksSchema = z.strictObject({
  faint: z.array(z.string()),
  cut: z.array(z.string()),
  overlapping: z.array(z.string()),
  textCount: z.number(),
  overflow: z.number(),
  skippedHeadings: z.array(z.number()),
  landmarks: z.array(z.string()),
  unnamedPictures: z.number(),
  unnamedTables: z.number(),
  repeatedIds: z.number(),
  language: z.string(),
});

const pageChecks = readFileSync(new URL('page-checks.js', import.meta.url), 'utf8');

export type Visit = {
  readonly page: Page;
  /** All that is read, as it is read. */
  readonly text: string;
  readonly checks: z.infer<typeof checksSchema>;
  /** Errors and warnings on the console, and whatever was thrown. */
  readonly complaints: readonly string[];
  /** What was asked for beside the page itself. */
  readonly otherRequests: readonly string[];
};

export type VisitOptions = {
  readonly look?: Look | undefined;
  readonly shot?: string;
  readonly script?: boolean;
  /** The time that the page's clocks show. They stand still until they are told to run. */
  readonly heldAtMs?: number;
};

/** Opens the page, looks at it, and lets `more` look further. */
export async function visit(
  browser: Browser,
  url: string,
  { look = LOOKS[0], shot, script = true, heldAtMs }: VisitOptions,
  more: (visit: Visit) => Promise<void> | void,
): Promise<void> {
  const { width = 360, scheme = 'light' } = look ?? {};
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: scheme,
    javaScriptEnabled: script,
  });
  try {
    const [complaints, otherRequests]: [string[], string[]] = [[], []];
    await context.route('**/*', async (route) => {
      if (route.request().url() !== url) otherRequests.push(route.request().url());
      await route.continue();
    });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    if (heldAtMs !== undefined) {
      await page.clock.install({ time: heldAtMs });
      await page.clock.pauseAt(heldAtMs);
    }
    await page.goto(url);
    await page.locator('summary').evaluateAll('(all) => all.forEach((one) => one.click())');
    const checks = await check(page);
    await takeShot(page, shot === undefined ? undefined : `${shot}-${width}-${scheme}`);
    await more({ page, text: await page.innerText('body'), checks, complaints, otherRequests });
  } finally {
    await context.close();
  }
}

/** Looks for what people would stumble over. */
export async function check(page: Page): Promise<Visit['checks']> {
  return checksSchema.parse(await page.evaluate(pageChecks));
}

async function takeShot(page: Page, name: string | undefined): Promise<void> {
  if (SHOTS === undefined || name === undefined) return;
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true });
}
