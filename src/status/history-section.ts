/** The last rotations: when, why, how, what came of it, how long it took. */
import type { PastAttempt } from '../store/token-store.ts';
import { codeElement } from './code-element.ts';
import { html, type Html } from './html.ts';
import { sayDay, sayMs, sayTime, toIso } from './moments.ts';
import type { StatusReport } from './status-report.ts';
import { sayTrigger } from './wording.ts';

/** How many are shown at once; the others can be unfolded. */
const SHOWN = 12;

const NOT_KNOWN = 'Not known: the table is out of reach.';

export function historySection({ history, storeAnswers }: StatusReport): Html {
  const [recent, older] = [history.slice(0, SHOWN), history.slice(SHOWN)];
  return html`<section aria-labelledby="history">
    <h2 id="history">Last rotations</h2>
    ${recent.length > 0 ? table(recent, 'The newest first') : html`<p>${storeAnswers ? 'None in the table.' : NOT_KNOWN}</p>`}
    ${
      older.length > 0 &&
      html`<details>
        <summary>${older.length} older</summary>
        ${table(older, 'Older ones')}
      </details>`
    }
  </section>`;
}

function table(attempts: readonly PastAttempt[], caption: string): Html {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        <th scope="col">When</th>
        <th scope="col">Why</th>
        <th scope="col">How</th>
        <th scope="col">Outcome <span class="took">Took</span></th>
      </tr>
    </thead>
    <tbody>
      ${attempts.map(tableRow)}
    </tbody>
  </table>`;
}

function tableRow({ atMs, trigger, kind, outcome, ms }: PastAttempt): Html {
  const well = outcome === 'done';
  return html`<tr>
    <th scope="row">
      <time datetime="${toIso(atMs)}"><span>${sayDay(atMs)}</span> <span>${sayTime(atMs)}</span></time>
    </th>
    <td>${sayTrigger(trigger)}</td>
    <td>${kind}</td>
    <td>
      ${well ? html`<span class="done">done</span>` : html`<span class="failed">${codeElement(outcome)}</span>`}
      <span class="took">${sayMs(ms)} ms</span>
    </td>
  </tr> `;
}
