/** The line of a token's life as inline SVG. Widths are percentages, so that its letters stay as large on a phone. */
import { html, type Html } from './html.ts';
import { sayMomentBriefly } from './moments.ts';
import type { Place, TimeLine } from './time-line.ts';

export type Picture = {
  /** Unique in the page; a letter first. */
  readonly id: string;
  readonly title: string;
  /** All that the picture shows, for whoever does not see it. */
  readonly description: string;
  readonly shortLabel: string;
};

/** All heights are in em, so that the rows grow with the letters that the reader wants. */
const BAR = { top: 1.5, height: 1.25 };
const BAR_END = BAR.top + BAR.height;
const NOW_BASELINE = 1;
/** Below the bar each label has a row of its own, so that none can cover another. */
const FIRST_BASELINE = BAR_END + 1.3;
const ROW = 1.45;
const ABOVE_LETTERS = 0.85;
const BELOW_LAST = 0.45;

/** Draws the line: what has passed, what is left, the margin hatched, now and the next check. */
export function drawTimeLine(line: TimeLine, { id, title, description, shortLabel }: Picture): Html {
  const { start, end, short, now, check } = line;
  const brief = (place: Place) => sayMomentBriefly(place.atMs, now.atMs);
  const rows = { short: 0, check: 1, start: check ? 2 : 1 };
  // At its usual place, the right end, the end's label stands beside the start's; else they would meet.
  const endRow = end.percent === 100 ? rows.start : rows.start + 1;
  return html`<svg
    class="line"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    width="100%"
    height="${em(baseline(endRow) + BELOW_LAST)}"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    <defs>
      <pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch" width="2.5" height="6" />
      </pattern>
    </defs>
    ${bar('track', WHOLE.from, WHOLE.to)} ${bar('left', now, end)}
    ${bar('passed', start, now.percent < end.percent ? now : end)} ${bar('short', short, end)}
    ${bar('hatched', short, end, `url(#${id}-hatch)`)} ${bar('outline', WHOLE.from, WHOLE.to)}
    ${tickTo(rows.start, start)}${tickTo(endRow, end)}${tickTo(rows.short, short)}${check && tickTo(rows.check, check)}
    ${tick('now-tick', now, NOW_BASELINE + 0.3, BAR_END + 0.3)}
    ${label('now-label', now, NOW_BASELINE, `now ${brief(now)}`)}
    ${label('', short, baseline(rows.short), `${shortLabel} ${brief(short)}`)}
    ${check && label('', check, baseline(rows.check), `next check ${brief(check)}`)}
    ${label('edge', start, baseline(rows.start), brief(start))}
    ${label('edge', end, baseline(endRow), `${end.atMs > now.atMs ? 'ends' : 'ended'} ${brief(end)}`)}
  </svg>`;
}

const WHOLE = { from: { percent: 0 }, to: { percent: 100 } };

function baseline(row: number): number {
  return FIRST_BASELINE + row * ROW;
}

function em(length: number): string {
  return `${Number(length.toFixed(2))}em`;
}

type Spot = Pick<Place, 'percent'>;

function bar(name: string, from: Spot, to: Spot, fill?: string): Html | undefined {
  const width = to.percent - from.percent;
  if (width <= 0) return undefined;
  const filled = fill === undefined ? undefined : html` fill="${fill}"`;
  const place = html`x="${percent(from)}" y="${em(BAR.top)}" width="${percent({ percent: width })}"`;
  return html`<rect class="${name}" ${place} height="${em(BAR.height)}" ${filled} />`;
}

function tick(name: string, spot: Spot, from: number, to: number): Html {
  const x = percent(spot);
  return html`<line class="${name}" x1="${x}" x2="${x}" y1="${em(from)}" y2="${em(to)}" />`;
}

/** From the bar down to a label. */
function tickTo(row: number, spot: Spot): Html {
  return tick('tick', spot, BAR_END, baseline(row) - ABOVE_LETTERS);
}

/** A label beside its place: at either end of the line it grows inwards. What lies beyond has an arrow. */
function label(name: string, place: Place, y: number, text: string): Html {
  const anchor = place.percent < 40 ? 'start' : place.percent > 60 ? 'end' : 'middle';
  const arrowed = !place.beyond ? text : place.percent === 0 ? `← ${text}` : `${text} →`;
  return html`<text class="${name}" x="${percent(place)}" y="${em(y)}" text-anchor="${anchor}">${arrowed}</text>`;
}

function percent(spot: Spot): string {
  return `${Number(spot.percent.toFixed(2))}%`;
}
