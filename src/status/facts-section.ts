/** The pair and what becomes of it, as lists of facts. */
import { html, type Html } from './html.ts';
import { moment } from './moment-element.ts';
import { sayMs, saySpan } from './moments.ts';
import type { Lease, StatusReport } from './status-report.ts';
import { sayTrigger } from './wording.ts';

type Fact = readonly [name: string, value: Html | string | undefined | false];

/** What is not so is left out; so is a list with nothing in it. */
export function factsSection(report: StatusReport): Html {
  return html`<section aria-labelledby="facts">
    <h2 id="facts">The pair, and what comes next</h2>
    ${factList('This pair', pairFacts(report))} ${factList('Now', workFacts(report))}
    ${factList('Next', checkFacts(report))}
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
          </div> `,
      )}
    </dl>`;
}

/** What the table would tell, and does not: either it has nothing, or it is out of reach. */
function sayNothing({ storeAnswers }: StatusReport): string {
  return storeAnswers ? 'none in the table' : 'not known';
}

function pairFacts(report: StatusReport): Fact[] {
  const { rotation, access, refresh, atMs } = report;
  return [
    ['Generation', rotation ? String(rotation.generation) : sayNothing(report)],
    ['Got by', rotation?.source],
    ['Wanted by', rotation?.trigger !== undefined && sayTrigger(rotation.trigger)],
    ['Got at', rotation?.refreshedAtMs !== undefined && moment(rotation.refreshedAtMs, atMs)],
    ['Took', rotation?.ms !== undefined && `${sayMs(rotation.ms)} ms`],
    ['Access token ends', access && moment(access.expiresAtMs, atMs)],
    ['Refresh token ends', refresh && moment(refresh.expiresAtMs, atMs)],
    ['Refresh token', refresh?.spent && 'may have been spent: the next rotation logs in'],
  ];
}

function workFacts({ lease, waits, atMs }: StatusReport): Fact[] {
  return [
    ...leaseFacts(lease, atMs),
    ['Callers start no attempt before', waits.callersUntilMs !== undefined && moment(waits.callersUntilMs, atMs)],
    ['Quartile asks to wait until', waits.everybodyUntilMs !== undefined && moment(waits.everybodyUntilMs, atMs)],
    ['No login before', waits.login?.untilMs !== undefined && moment(waits.login.untilMs, atMs)],
  ];
}

function leaseFacts(lease: Lease | undefined, nowMs: number): Fact[] {
  if (!lease) return [];
  const { holds, attempt, byTimer, endsAtMs } = lease;
  if (!holds) return [['Lease left behind, to be taken over; ended', moment(endsAtMs, nowMs)]];
  return [
    ['Being renewed by', attempt && `${attempt.kind}, wanted by ${byTimer ? 'the timer' : 'a caller'}`],
    ['Since', attempt && moment(attempt.startedAtMs, nowMs)],
    ['Its lease ends', moment(endsAtMs, nowMs)],
  ];
}

function checkFacts(report: StatusReport): Fact[] {
  const { checks, access, refresh, atMs } = report;
  const { schedule, marginMs, nextAtMs, renewalAtMs, lastAtMs } = checks;
  const renewal = refresh ? access && moment(access.dueAtMs, atMs) : access && 'now: the table holds no pair';
  return [
    ['Renewal is due from', renewal],
    ['First check that finds it due', renewalAtMs !== undefined && moment(renewalAtMs, atMs)],
    ['Next check', nextAtMs !== undefined && moment(nextAtMs, atMs)],
    ['Timer last seen', lastAtMs === undefined ? sayNothing(report) : moment(lastAtMs, atMs)],
    ['Schedule', html`<code>${schedule}</code>`],
    ['Margin', saySpan(marginMs)],
  ];
}
