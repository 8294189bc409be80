/** The status page: one document that needs nothing but itself. Pure: no I/O, no clock. */
import { createHash } from 'node:crypto';
import { CLOCK_SCRIPT } from './clock-script.ts';
import { factsSection } from './facts-section.ts';
import { healthSection } from './health-section.ts';
import { historySection } from './history-section.ts';
import { html, type Html, ownMarkup } from './html.ts';
import { icons, OLD_ICON_URL } from './icons.ts';
import { keysSection } from './keys-section.ts';
import { localMoment } from './moment-element.ts';
import type { StatusReport } from './status-report.ts';
import { STYLE } from './style.ts';
import { timeLineSection } from './time-line-section.ts';
import { verdictSection } from './verdict-section.ts';
import { healthWords } from './wording.ts';

/**
 * What the page may do: its own style and script, known by their hashes, its own icon, and nothing else.
 *
 * @see https://www.w3.org/TR/CSP3/
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(CLOCK_SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  'img-src data:', // the tab's icon
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

/** To the letter, or the hashes are others. */
const STYLE_ELEMENT = ownMarkup(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = ownMarkup(`<script>${CLOCK_SCRIPT}</script>`);

/** Writes the page. Nothing in it comes from the request, whose URL carries a key. */
export function writePage(report: StatusReport): string {
  const { health, account } = report;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${healthWords[health.status]} · Quartile token “${account}”</title>
        <link rel="icon" href="${icons[health.status].url}" data-old="${OLD_ICON_URL}" />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <p>quartile-token-keeper, account <code>${account}</code></p>
          <p>${sayWhenRead(report)}. All times are in UTC.</p>
          <p class="age-note" role="status"></p>
          <a href="">Look again</a>
        </header>
        <main>
          ${verdictSection(report)} ${healthSection(report)} ${timeLineSection(report)} ${factsSection(report)}
          ${historySection(report)} ${keysSection(report)}
        </main>
        <footer>
          <p>This page only reads: it never causes a rotation. It tells no token and no key.</p>
          <p>The same as JSON: ask with <code>Accept: application/json</code>.</p>
        </footer>
        ${SCRIPT_ELEMENT}
      </body>
    </html> `.toString();
}

/** How old the news is, which the script keeps saying: the page itself may have been open for long. */
function sayWhenRead({ readAtMs, atMs }: StatusReport): Html {
  if (readAtMs === undefined) return html`The table has not been read`;
  return html`Table read ${localMoment(readAtMs, atMs)}<span data-age="${atMs - readAtMs}"></span>`;
}
