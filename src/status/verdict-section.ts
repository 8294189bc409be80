/** Is there a live token, and for how long? */
import { html, type Html } from './html.ts';
import { icons } from './icons.ts';
import { localMoment } from './moment-element.ts';
import { sayClock } from './moments.ts';
import type { AccessLife } from './pair.ts';
import type { StatusReport } from './status-report.ts';
import { healthWords, sayState } from './wording.ts';

export function verdictSection(report: StatusReport): Html {
  const { access, health, atMs } = report;
  return html`<section class="verdict ${health.status}" aria-labelledby="verdict">
    <p class="badge">${icons[health.status].inline}${healthWords[health.status]}</p>
    <h1 id="verdict">${access?.lives ? 'There is a live access token' : 'There is no live access token'}</h1>
    ${access && (access.lives ? runningClock(access, atMs) : lastEnd(access, atMs))}
    <p class="state">${sayState(report)}</p>
  </section>`;
}

function runningClock({ lifeMs, expiresAtMs }: AccessLife, nowMs: number): Html {
  return html`<p class="remaining">
      <span class="clock" role="timer" data-left="${lifeMs}">${sayClock(lifeMs)}</span> left
    </p>
    <p class="until">until ${localMoment(expiresAtMs, nowMs)}</p>`;
}

function lastEnd({ expiresAtMs }: AccessLife, nowMs: number): Html {
  return html`<p class="until">The last one known ended on ${localMoment(expiresAtMs, nowMs)}</p>`;
}
