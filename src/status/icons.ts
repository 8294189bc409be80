/** A shape for each status, so that it is not told by colour alone: a disc, a triangle, an octagon. */
import type { Health } from '../hand-out/health.ts';
import { type Html, ownMarkup } from './html.ts';

type Icon = {
  readonly inline: Html;
  /** A data URL: on a tab, which is light or dark as it likes, each has a colour that is seen on both. */
  readonly url: string;
};

export const icons: Record<Health['status'], Icon> = {
  ok: iconOf(
    'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0Zm3.9 5.3 1.2 1.2-6 6.1L3 8.4l1.2-1.2 2.9 3Z', // a disc with a tick
    '#1a9c6c',
  ),
  degraded: iconOf(
    'M8 .8 16 15H0Zm-.9 5v4.4h1.8V5.8Zm0 5.7v1.8h1.8v-1.8Z', // a triangle with an exclamation mark
    '#d98a1f',
  ),
  down: iconOf(
    'M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7ZM5.3 4 4 5.3 6.7 8 4 10.7 5.3 12 8 9.3l2.7 2.7L12 10.7 9.3 8 12 5.3 10.7 4 8 6.7Z', // with a cross
    '#e0483e',
  ),
};

/** A ring: nothing is known of what is so by now. */
export const OLD_ICON_URL = iconOf(
  'M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0Zm0 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11Z',
  '#87919b',
).url;

function iconOf(path: string, colour: string): Icon {
  const shape = `<path fill-rule="evenodd" d="${path}"/>`;
  const file = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="${colour}">${shape}</svg>`;
  return {
    inline: ownMarkup(`<svg viewBox="0 0 16 16" aria-hidden="true">${shape}</svg>`),
    url: `data:image/svg+xml,${encodeURIComponent(file)}`,
  };
}
