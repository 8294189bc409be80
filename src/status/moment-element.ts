import { html, type Html } from './html.ts';
import { sayMoment, toIso } from './moments.ts';

/** A moment for people and for machines. The page says once that its times are in UTC. */
export function moment(ms: number, nowMs: number): Html {
  return html`<time datetime="${toIso(ms)}">${sayMoment(ms, nowMs)}</time>`;
}

/** The same, in the reader's own time, too, where a script can say that. */
export function localMoment(ms: number, nowMs: number): Html {
  return html`<time datetime="${toIso(ms)}" data-local>${sayMoment(ms, nowMs)}</time>`;
}
