/** The browser of this machine: Debian's chromium, or whatever else understands the same protocol. */
import { accessSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** CI sets it: there a browser that is missing is a failure. */
const REQUIRED = process.env.BROWSER_REQUIRED === '1';

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

/** Why tests in a browser are skipped; false where they are not, be it that they fail. */
export const skipWithoutBrowser =
  executablePath === undefined && !REQUIRED && 'no chromium on this machine: apt-get install chromium';

/**
 * Starts it, without its sandbox, as playwright-core does: root has none, and the page is our own.
 *
 * @throws where there is none
 */
export async function launchBrowser(): Promise<Browser> {
  if (executablePath === undefined) throw new Error('BROWSER_REQUIRED is set, and there is no chromium');
  return chromium.launch({ executablePath });
}
