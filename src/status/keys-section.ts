/** Which keys are in use: by their ids, the first for what is new. */
import { html, type Html } from './html.ts';
import type { StatusReport } from './status-report.ts';

export function keysSection({ keys: { encryption, callers } }: StatusReport): Html {
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
