/** The sections of the page below the verdict. Pure. */
import { SHORT_RUNWAY_MS } from '../hand-out/health.ts';
import { html, type Html } from './html.ts';
import type { Status } from './status.ts';
import { sayDay, sayMoment, saySpan, sayTime } from './times.ts';

/** How many rotations are shown at once; the older ones can be unfolded. */
const SHOWN = 12;

/** The shortest bar: it has a scale even if its token expired when it was received. */
const SHORTEST_BAR_MS = 60_000;

/** A time for people and machines. @param local adds the reader's own time, by the page's script */
export function momentOf(time: string, { at }: Status, { local = false }: { readonly local?: boolean } = {}): Html {
  return html`<time datetime="${time}" ${local && html` data-local`}>${sayMoment(time, at)}</time>`;
}

/** A code, which may come from the row. It may be broken after an underscore, so that it fits on a phone. */
function codeOf(code: string): Html {
  const [first = '', ...others] = code.split(/(?<=_)/);
  return html`<code>${first}${others.map((part) => html`<wbr />${part}`)}</code>`;
}

/** A text with code between backticks. */
function textOf(text: string): (Html | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? codeOf(part) : part));
}

/** What is wrong, and what to do about it. */
export function reasonsSection({ health: { status, reasons } }: Status): Html | undefined {
  if (reasons.length === 0) return undefined;
  return html`<section class="${status}" aria-labelledby="reasons">
    <h2 id="reasons">What is wrong, and what to do</h2>
    <ul class="reasons">
      ${reasons.map(
        ({ text, detail, action }) =>
          html`<li${action === undefined && html` class="consequence"`}>
            <strong>${text}</strong>${detail !== undefined && html`<p>${textOf(detail)}</p>`}
            ${action !== undefined && html`<p class="action"><b>What to do:</b> ${textOf(action)}</p>`}
          </li>`,
      )}
    </ul>
  </section>`;
}

/** The lives of both tokens as bars, each to its own scale: 12 hours would be invisible in 14 days. */
export function livesSection(status: Status): Html | undefined {
  const { access_token: access, refresh_token: refresh } = status;
  if (!access) return undefined;
  const shortFromMs = refresh && Date.parse(refresh.expires_at) - SHORT_RUNWAY_MS;
  return html`<section aria-labelledby="lives">
    <h2 id="lives">Remaining life of the tokens</h2>
    <p class="legend">
      <span class="passed">passed</span> <span class="left">left</span>
      <span class="short">${refresh ? 'margin, or last 2 days' : 'margin'}</span>
    </p>
    ${lifeFigure('Access token', access, Date.parse(access.due_at), status)}
    ${refresh && lifeFigure('Refresh token', refresh, shortFromMs ?? 0, status)}
  </section>`;
}

type Life = { readonly live: boolean; readonly expires_in: number; readonly expires_at: string };

function lifeFigure(
  name: string,
  { live, expires_in: left, expires_at: end }: Life,
  shortFromMs: number,
  status: Status,
) {
  const [nowMs, endMs] = [Date.parse(status.at), Date.parse(end)];
  const received = status.rotation?.refreshed_at;
  const startMs = Math.min(received === undefined ? nowMs : Date.parse(received), nowMs, endMs);
  const lengthMs = Math.max(endMs - startMs, SHORTEST_BAR_MS);
  const percent = (ms: number) => Number(Math.min(Math.max((100 * (ms - startMs)) / lengthMs, 0), 100).toFixed(2));
  const [now, short] = [percent(nowMs), percent(shortFromMs)];
  return html`<figure>
    <figcaption>${name}: <b>${live ? `${saySpan(left)} left` : 'expired'}</b></figcaption>
    <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect class="passed" width="${now}" height="7" />
      <rect class="left" x="${now}" width="${percent(endMs) - now}" height="7" />
      <rect class="short" x="${short}" y="8" width="${percent(endMs) - short}" height="2" />
    </svg>
    <p class="ends">
      <span>received ${received === undefined ? 'at an unknown time' : momentOf(received, status)}</span>
      <span>${live ? 'expires' : 'expired'} ${momentOf(end, status)}</span>
    </p>
  </figure>`;
}

type Fact = readonly [name: string, value: Html | string | undefined | false];

/** The pair, the rotation that runs, and what comes next. Facts without a value are left out. */
export function factsSection(status: Status): Html {
  return html`<section aria-labelledby="facts">
    <h2 id="facts">The pair, and what comes next</h2>
    ${factList('This pair', pairFacts(status))} ${factList('Now', workFacts(status))}
    ${factList('Next', checkFacts(status))}
  </section>`;
}

function factList(title: string, facts: readonly Fact[]): Html | undefined {
  const known = facts.filter(([, value]) => value !== undefined && value !== false);
  if (known.length === 0) return undefined;
  return html`<h3>${title}</h3>
    <dl class="facts">
      ${known.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>`;
}

/** A table that was never read is no evidence that something is not in it. */
function absent({ store_answers: answers }: Status, inTable: string): string {
  return answers ? inTable : 'not known';
}

function pairFacts(status: Status): Fact[] {
  const { rotation, lease, refresh_token: refresh } = status;
  return [
    ['Generation', rotation ? String(rotation.generation) : absent(status, 'none in the table')],
    ['Source', rotation?.source],
    ['Triggered by', rotation?.trigger !== undefined && triggerOf(rotation.trigger)],
    [
      'Refresh token',
      refresh?.maybe_spent && (lease?.holds ? 'being used now' : 'may be spent: the next rotation logs in'),
    ],
  ];
}

/** A trigger of another version stands for itself. */
function triggerOf(trigger: string): Html | string {
  if (trigger === 'timer' || trigger === 'caller') return trigger;
  return trigger === 'report' ? 'report of a 401' : codeOf(trigger);
}

function workFacts(status: Status): Fact[] {
  const { lease, waits } = status;
  const maybeMoment = (time: string | undefined) => time !== undefined && momentOf(time, status);
  return [
    [
      'Renewed by',
      lease?.holds && `a ${lease.kind ?? 'rotation'}, triggered by ${lease.by === 'timer' ? 'the timer' : 'a caller'}`,
    ],
    ['Since', lease?.holds && maybeMoment(lease.started_at)],
    ['Its lease ends', lease?.holds && momentOf(lease.ends_at, status)],
    ['Abandoned lease ended', lease && !lease.holds && momentOf(lease.ends_at, status)],
    ['Callers start no attempt before', maybeMoment(waits.callers_until)],
    ['Quartile asks to wait until', maybeMoment(waits.everybody_until)],
    ['No login before', maybeMoment(waits.login?.until)],
  ];
}

function checkFacts(status: Status): Fact[] {
  const { checks, access_token: access, refresh_token: refresh } = status;
  const due = refresh ? access && momentOf(access.due_at, status) : access && 'now: the table holds no usable pair';
  const lastMark =
    checks.last_at === undefined
      ? absent(status, 'none yet (it leaves one in 55 min)')
      : html`${momentOf(checks.last_at, status)} (it leaves one in 55 min)`;
  return [
    ['Renewal is due from', due],
    ['First check that finds it due', checks.renewal_at !== undefined && momentOf(checks.renewal_at, status)],
    ['Next check', checks.next_at !== undefined && momentOf(checks.next_at, status)],
    ['Timer’s last mark', lastMark],
    ['Schedule', html`<code>${checks.schedule}</code>`],
    ['Margin', saySpan(checks.margin_seconds)],
  ];
}

/** The last rotations: when, why, how, the outcome and the duration. */
export function historySection(status: Status): Html {
  const [recent, older] = [status.history.slice(0, SHOWN), status.history.slice(SHOWN)];
  return html`<section aria-labelledby="history">
    <h2 id="history">Last rotations</h2>
    ${recent.length > 0 ? historyTable(recent, 'The newest first') : html`<p>${absent(status, 'none in the table')}</p>`}
    ${
      older.length > 0 &&
      html`<details>
        <summary>${older.length} older</summary>
        ${historyTable(older, 'Older ones')}
      </details>`
    }
  </section>`;
}

function historyTable(attempts: Status['history'], caption: string): Html {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">When</th>
        <th scope="col">How, why</th>
        <th scope="col">Outcome</th>
        <th scope="col" class="took">ms</th>
      </tr>
    </thead>
    <tbody>
      ${attempts.map(
        ({ at, trigger, kind, outcome, ms }) =>
          html`<tr>
            <th scope="row"><time datetime="${at}">${sayDay(at)} ${sayTime(at)}</time></th>
            <td>${kind}, ${triggerOf(trigger)}</td>
            <td class="${outcome === 'done' ? 'done' : 'failed'}">${outcome === 'done' ? outcome : codeOf(outcome)}</td>
            <td class="took">${ms}</td>
          </tr> `,
      )}
    </tbody>
  </table>`;
}

/** The keys in use, by their ids. */
export function keysSection({ keys: { encryption, callers } }: Status): Html {
  return html`<section aria-labelledby="keys">
    <h2 id="keys">Keys in use</h2>
    <dl class="wide">
      <div>
        <dt>Tokens in the table: <code>TOKEN_ENCRYPTION_KEYS</code></dt>
        <dd>${ringOf(encryption, 'encrypts and decrypts', 'only decrypts')}</dd>
      </div>
      ${
        callers &&
        html`<div>
          <dt>Callers’ tokens: <code>CALLER_JWT_KEYS</code></dt>
          <dd>${ringOf(callers, 'signs and verifies', 'only verifies')}</dd>
        </div>`
      }
    </dl>
  </section>`;
}

function ringOf(ids: readonly string[], first: string, others: string): Html[] {
  return ids.map((id, index) => html`<p><code>${id}</code> ${index === 0 ? first : others}</p>`);
}
