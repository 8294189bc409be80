/** The status page: one document that needs nothing but itself. Pure: no I/O, no clock. */
import { createHash } from 'node:crypto';
import { CLOCK_SCRIPT } from './clock-script.ts';
import { factsSection } from './facts-section.ts';
import { healthSection } from './health-section.ts';
import { historySection } from './history-section.ts';
import { html, type Html, ownMarkup } from './html.ts';
import { icons } from './icons.ts';
import { moment } from './moment-element.ts';
import { sayClock } from './moments.ts';
import type { StatusReport } from './status-report.ts';
import { STYLE } from './style.ts';
import { timeLineSection } from './time-line-section.ts';
import { healthWords, sayState } from './wording.ts';

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
        <link rel="icon" href="${icons[health.status].url}" />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <p>quartile-token-keeper, account <code>${account}</code></p>
          <p>${sayWhenRead(report)}. All times are in UTC.</p>
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
  return html`Table read ${moment(readAtMs, atMs)}<span data-age="${atMs - readAtMs}"></span>`;
}

/** Is there a live token, and for how long? */
function verdictSection(report: StatusReport): Html {
  const { access, health, atMs } = report;
  return html`<section class="verdict ${health.status}" aria-labelledby="verdict">
    <p class="badge">${icons[health.status].inline}${healthWords[health.status]}</p>
    <h1 id="verdict">${access?.lives ? 'There is a live access token' : 'There is no live access token'}</h1>
    ${access && (access.lives ? runningClock(access, atMs) : html`<p>The last one known ended on ${moment(access.expiresAtMs, atMs)}.</p>`)}
    <p class="state">${sayState(report)}</p>
  </section>`;
}

function runningClock(
  { lifeMs, expiresAtMs }: { readonly lifeMs: number; readonly expiresAtMs: number },
  nowMs: number,
): Html {
  return html`<p>
    <span class="clock" role="timer" data-left="${lifeMs}" data-ended="It has ended">${sayClock(lifeMs)}</span> left,
    until ${moment(expiresAtMs, nowMs)}
  </p>`;
}

function keysSection({ keys: { encryption, callers } }: StatusReport): Html {
  return html`<section aria-labelledby="keys">
    <h2 id="keys">Keys in use</h2>
    <dl class="wide">
      <div>
        <dt>The tokens in the table: <code>TOKEN_ENCRYPTION_KEYS</code></dt>
        <dd>${ringOf(encryption, 'seals', 'opens')}</dd>
      </div>
      ${
        callers &&
        html`<div>
          <dt>Callers’ tokens: <code>CALLER_JWT_KEYS</code></dt>
          <dd>${ringOf(callers, 'signs', 'verifies')}</dd>
        </div>`
      }
    </dl>
  </section>`;
}

/** The first key is used for what is new, all of them for what is there. */
function ringOf(ids: readonly string[], first: string, others: string): Html[] {
  return ids.map(
    (id, index) =>
      html`<p><code>${id}</code> ${index === 0 ? `${first} what is new` : `only ${others} what is there`}</p>`,
  );
}
