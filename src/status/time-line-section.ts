/** The lives of both tokens as pictures, each to its own scale: 12 hours would be a hair's breadth in 14 days. */
import { html, type Html } from './html.ts';
import { sayMoment, saySpan } from './moments.ts';
import type { TokenLife } from './pair.ts';
import type { StatusReport } from './status-report.ts';
import { drawTimeLine } from './time-line-picture.ts';
import { layOutLife } from './time-line.ts';

/** Nothing, where no token is known. */
export function timeLineSection({ access, refresh, checks, atMs }: StatusReport): Html | undefined {
  if (!access) return undefined;
  const checkAtMs = checks.nextAtMs;
  return html`<section aria-labelledby="lives">
    <h2 id="lives">The lives of the tokens</h2>
    <p class="legend">
      <span class="passed">passed</span> <span class="left">left</span>
      <span class="due">due${refresh && ', or under 2 days'}</span>
    </p>
    ${figure({ id: 'access', name: 'Access token', short: 'due from', life: access, shortFromMs: access.dueAtMs, checkAtMs, nowMs: atMs })}
    ${refresh && figure({ id: 'refresh', name: 'Refresh token', short: '2 days left', life: refresh, shortFromMs: refresh.shortFromMs, checkAtMs, nowMs: atMs })}
  </section>`;
}

type Figure = {
  readonly id: string;
  readonly name: string;
  /** What begins with the last part of the life. */
  readonly short: string;
  readonly life: TokenLife;
  readonly shortFromMs: number;
  readonly checkAtMs: number | undefined;
  readonly nowMs: number;
};

function figure({ id, name, short, life, shortFromMs, checkAtMs, nowMs }: Figure): Html {
  const { sinceMs, expiresAtMs } = life;
  const line = layOutLife({ sinceMs, expiresAtMs, shortFromMs, nowMs, checkAtMs });
  const facts = [
    life.lives ? `It lives for ${saySpan(life.lifeMs)} more` : 'It has ended',
    `got ${sayMoment(line.start.atMs, nowMs)}`,
    `${short} ${sayMoment(shortFromMs, nowMs)}`,
    `${life.lives ? 'ends' : 'ended'} ${sayMoment(expiresAtMs, nowMs)}`,
    `now ${sayMoment(nowMs, nowMs)}`,
    ...(checkAtMs === undefined ? [] : [`next check ${sayMoment(checkAtMs, nowMs)}`]),
  ];
  const picture = drawTimeLine(line, {
    id: `${id}-line`,
    title: `${name}: its life`,
    description: `${facts.join('; ')}.`,
    shortLabel: short,
  });
  return html`<figure>
    <h3>${name}</h3>
    ${picture}
  </figure>`;
}
