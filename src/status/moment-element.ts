import { html, type Html } from './html.ts';
import { sayMoment, toIso } from './moments.ts';

/** A moment in full, for people and for machines. */
export function moment(ms: number): Html {
  return html`<time datetime="${toIso(ms)}">${sayMoment(ms)} UTC</time>`;
}

/** A moment where the time zone is told beside it. */
export function bareMoment(ms: number): Html {
  return html`<time datetime="${toIso(ms)}">${sayMoment(ms)}</time>`;
}
