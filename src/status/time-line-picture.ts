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

const BAR = { top: 24, height: 16 };
const BAR_END = BAR.top + BAR.height;

/** Baselines of the labels. Each has a row of its own, so that none can cover another. */
const BASELINES = { now: 13, short: 58, check: 76, start: 94, endBelow: 112 };
const BELOW_LAST = 6;

/** Draws the line: what has passed, what is left, the margin hatched, now and the next check. */
export function drawTimeLine(line: TimeLine, { id, title, description, shortLabel }: Picture): Html {
  const { start, end, short, now, check } = line;
  const brief = (place: Place) => sayMomentBriefly(place.atMs, now.atMs);
  // At its usual place, the right end, the end's label stands beside the start's; else they would meet.
  const endBaseline = end.percent === 100 ? BASELINES.start : BASELINES.endBelow;
  return html`<svg
    class="line"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
    width="100%"
    height="${endBaseline + BELOW_LAST}"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-desc">${description}</desc>
    <defs>
      <pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect class="hatch" width="2.5" height="6" />
      </pattern>
    </defs>
    <rect class="track" x="0" y="${BAR.top}" width="100%" height="${BAR.height}" rx="3" />
    ${bar('left', now, end)}${bar('passed', start, now.percent < end.percent ? now : end)}
    ${bar('short', short, end)}${bar('hatched', short, end, `url(#${id}-hatch)`)}
    ${tick('short-tick', short, BAR_END, BASELINES.short - 11)}${tick('check-tick', check, BAR_END, BASELINES.check - 11)}
    ${tick('now-tick', now, BASELINES.now + 4, BAR_END + 4)}
    ${label('now-label', now, BASELINES.now, `now ${brief(now)}`)}
    ${label('', short, BASELINES.short, `${shortLabel} ${brief(short)}`)}
    ${check && label('', check, BASELINES.check, `next check ${brief(check)}`)}
    <text class="edge" x="0" y="${BASELINES.start}">${brief(start)}</text>
    ${label('edge', end, endBaseline, `${end.atMs > now.atMs ? 'ends' : 'ended'} ${brief(end)}`)}
  </svg>`;
}

function bar(name: string, from: Place, to: Place, fill?: string): Html | undefined {
  const width = to.percent - from.percent;
  if (width <= 0) return undefined;
  const filled = fill === undefined ? undefined : html` fill="${fill}"`;
  return html`<rect
    class="${name}"
    x="${percent(from)}"
    y="${BAR.top}"
    width="${width.toFixed(3)}%"
    height="${BAR.height}"
    ${filled}
  />`;
}

function tick(name: string, place: Place | undefined, from: number, to: number): Html | undefined {
  if (!place) return undefined;
  const x = percent(place);
  return html`<line class="${name}" x1="${x}" x2="${x}" y1="${from}" y2="${to}" />`;
}

/** A label beside its place: at either end of the line it grows inwards. What lies beyond has an arrow. */
function label(name: string, place: Place, baseline: number, text: string): Html {
  const anchor = place.percent < 40 ? 'start' : place.percent > 60 ? 'end' : 'middle';
  const arrowed = !place.beyond ? text : place.percent === 0 ? `← ${text}` : `${text} →`;
  return html`<text class="${name}" x="${percent(place)}" y="${baseline}" text-anchor="${anchor}">${arrowed}</text>`;
}

function percent(place: Place): string {
  return `${place.percent.toFixed(3)}%`;
}
