/** The status page: one document that loads nothing else. Pure: no I/O, no clock. */
import { createHash } from 'node:crypto';
import { CLOCK_SCRIPT } from './clock-script.ts';
import { html, type Html, ownMarkup } from './html.ts';
import { factsSection, historySection, keysSection, livesSection, momentOf, reasonsSection } from './sections.ts';
import type { Status } from './status.ts';
import { STYLE } from './style.ts';
import { sayClock } from './times.ts';

/**
 * What the page may do: use its own style and script, identified by their hashes, and its own icon; nothing else.
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

/** Exactly these texts, or the hashes do not match. */
const STYLE_ELEMENT = ownMarkup(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = ownMarkup(`<script>${CLOCK_SCRIPT}</script>`);

type HealthStatus = Status['health']['status'];

const LABELS: Readonly<Record<HealthStatus, string>> = { ok: 'OK', degraded: 'Degraded', down: 'Down' };

/** A shape for each status, so that it does not depend on colour: a disc, a triangle, an octagon. */
const SHAPES: Readonly<Record<HealthStatus, { readonly path: string; readonly colour: string }>> = {
  ok: {
    path: 'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0Zm3.9 5.3 1.2 1.2-6 6.1L3 8.4l1.2-1.2 2.9 3Z',
    colour: '#1a9c6c',
  },
  degraded: { path: 'M8 .8 16 15H0Zm-.9 5v4.4h1.8V5.8Zm0 5.7v1.8h1.8v-1.8Z', colour: '#d98a1f' },
  down: {
    path: 'M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7ZM5.3 4 4 5.3 6.7 8 4 10.7 5.3 12 8 9.3l2.7 2.7L12 10.7 9.3 8 12 5.3 10.7 4 8 6.7Z',
    colour: '#e0483e',
  },
};

/** Writes the page. Nothing on it comes from the request, whose URL contains a key. */
export function writePage(status: Status): string {
  const { account, health } = status;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${LABELS[health.status]} · Quartile token “${account}”</title>
        <link rel="icon" href="${iconUrl(health.status)}" />
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <p>quartile-token-keeper, account <code>${account}</code></p>
          <p>${whenRead(status)}. All times are in UTC. <b class="age" role="status"></b></p>
          <a href="">Reload</a>
        </header>
        <main>
          ${verdictSection(status)} ${reasonsSection(status)} ${livesSection(status)} ${factsSection(status)}
          ${historySection(status)} ${keysSection(status)}
        </main>
        <footer>
          <p>This page only reads: it never causes a rotation. It shows no token and no key.</p>
          <p>The same as JSON: request it with <code>Accept: application/json</code>.</p>
        </footer>
        ${SCRIPT_ELEMENT}
      </body>
    </html> `.toString();
}

function whenRead(status: Status): Html {
  if (status.read_at === undefined) return html`The table has not been read`;
  return html`Table read ${momentOf(status.read_at, status, { local: true })}`;
}

/** Is there a valid token, and for how long? */
function verdictSection(status: Status): Html {
  const { access_token: access, health, state_text: state } = status;
  const until = access && momentOf(access.expires_at, status, { local: true });
  return html`<section class="verdict ${health.status}" aria-labelledby="verdict">
    <p class="badge">${badgeIcon(health.status)}${LABELS[health.status]}</p>
    <h1 id="verdict">${access?.live ? 'There is a valid access token' : 'There is no valid access token'}</h1>
    ${
      access?.live &&
      html`<p class="remaining">
        <span class="clock" role="timer" data-seconds="${access.expires_in}">${sayClock(access.expires_in)}</span> left
      </p>`
    }
    ${until && html`<p class="until">${access?.live ? 'until' : 'The last known one expired on'} ${until}</p>`}
    <p class="state">${state}</p>
  </section>`;
}

function badgeIcon(status: HealthStatus): Html {
  return ownMarkup(`<svg viewBox="0 0 16 16" aria-hidden="true">${pathOf(status)}</svg>`);
}

/** A data URL. Tabs may be light or dark: each icon has a colour that is visible on both. */
function iconUrl(status: HealthStatus): string {
  const { colour } = SHAPES[status];
  const file = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="${colour}">${pathOf(status)}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(file)}`;
}

function pathOf(status: HealthStatus): string {
  return `<path fill-rule="evenodd" d="${SHAPES[status].path}"/>`;
}
