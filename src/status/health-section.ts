/** What is wrong, in words, and what to do about it. */
import type { HealthReason } from '../hand-out/health.ts';
import { type Advice, adviseOn } from './advice.ts';
import { codeElement } from './code-element.ts';
import { html, type Html } from './html.ts';
import { moment } from './moment-element.ts';
import { saySpan } from './moments.ts';
import type { StatusReport } from './status-report.ts';
import { unreadableWords } from './wording.ts';

/** Nothing, where nothing is wrong. */
export function healthSection(report: StatusReport): Html | undefined {
  const advice = adviseOn(report);
  if (advice.length === 0) return undefined;
  return html`<section class="${report.health.status}" aria-labelledby="health">
    <h2 id="health">What is wrong, and what to do</h2>
    <ul class="reasons">
      ${advice.map((one) => reasonItem(one, report))}
    </ul>
  </section>`;
}

function reasonItem({ code, text, action }: Advice, report: StatusReport): Html {
  const detail = detailOf(code, report);
  return html`<li${action === undefined && html` class="consequence"`}>
    <strong>${text}</strong>${detail && html`<p>${detail}</p>`}
    ${action !== undefined && html`<p class="action"><b>What to do:</b> ${sayWithCode(action)}</p>`}
  </li>`;
}

/** What stands between backticks is code. */
function sayWithCode(text: string): (Html | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** What is known beyond the reason itself. */
function detailOf(
  reason: HealthReason,
  { failure, unreadable, refresh, waits, checks, atMs }: StatusReport,
): Html | undefined {
  switch (reason) {
    case 'no_live_token':
    case 'store_unreachable':
    case 'save_pending':
    case 'pair_missing':
      return undefined;
    case 'tokens_unreadable':
      return unreadable && sayUnreadable(unreadable.reason, unreadable.missingKey);
    case 'last_rotation_failed':
      return failure && sayFailures(failure);
    case 'credentials_refused':
      return waits.login && sayRefusal(waits.login, atMs);
    case 'refresh_token_ends_soon':
      return refresh && html`It ${refresh.lives ? `has ${saySpan(refresh.lifeMs)} left` : 'has ended'}.`;
    case 'timer_silent':
      return checks.lastAtMs === undefined
        ? html`The table has no mark of it.`
        : html`Its last mark is of ${moment(checks.lastAtMs, atMs)}.`;
  }
}

function sayUnreadable(reason: keyof typeof unreadableWords, missingKey: string | undefined): Html {
  const key = missingKey === undefined ? undefined : html` It is called <code>${missingKey}</code>.`;
  return html`<code>${reason}</code>: ${sayWithCode(unreadableWords[reason])}.${key}`;
}

function sayFailures({ count, code }: NonNullable<StatusReport['failure']>): Html {
  const times = count === 1 ? 'It failed once' : `It failed ${count} times in a row`;
  return html`${times}${code !== undefined && html`, the last time with ${codeElement(code)}`}.`;
}

function sayRefusal({ refusals, code, untilMs }: NonNullable<StatusReport['waits']['login']>, nowMs: number): Html {
  const next = untilMs === undefined ? 'the next timer run' : html`a timer run from ${moment(untilMs, nowMs)} on`;
  return html`${codeElement(code)}, ${refusals === 1 ? 'once' : `${refusals} times in a row`}. With the same credentials
  the next login is tried by ${next}.`;
}
