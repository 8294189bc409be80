/** The pair and what becomes of it, as a list of facts. */
import { html, type Html } from './html.ts';
import { bareMoment } from './moment-element.ts';
import { sayMs, saySpan } from './moments.ts';
import type { Lease, StatusReport } from './status-report.ts';
import { sayTrigger } from './wording.ts';

type Fact = readonly [name: string, value: Html | string | undefined | false];

/** What is not known, or not so, is left out. */
export function factsSection(report: StatusReport): Html {
  const facts = [...pairFacts(report), ...workFacts(report), ...checkFacts(report)];
  const known = facts.filter(([, value]) => value !== undefined && value !== false);
  return html`<section aria-labelledby="facts">
    <h2 id="facts">The pair, and what comes next</h2>
    <p class="note">Times are in UTC</p>
    <dl class="facts">
      ${known.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div> `,
      )}
    </dl>
  </section>`;
}

function pairFacts({ rotation, access, refresh }: StatusReport): Fact[] {
  return [
    ['Generation', rotation ? String(rotation.generation) : 'none yet'],
    ['Got by', rotation?.source],
    ['Wanted by', rotation?.trigger !== undefined && sayTrigger(rotation.trigger)],
    ['Got at', rotation?.refreshedAtMs !== undefined && bareMoment(rotation.refreshedAtMs)],
    ['Took', rotation?.ms !== undefined && `${sayMs(rotation.ms)} ms`],
    ['Access token ends', access && bareMoment(access.expiresAtMs)],
    ['Refresh token ends', refresh && bareMoment(refresh.expiresAtMs)],
    ['Refresh token', refresh?.spent && 'may have been spent: the next rotation logs in'],
  ];
}

function workFacts({ lease, waits }: StatusReport): Fact[] {
  return [
    ['Being renewed', lease?.holds && sayWork(lease)],
    [
      'Lease',
      lease && !lease.holds && html`left behind, ended ${bareMoment(lease.endsAtMs)}: the next attempt takes over`,
    ],
    ['Callers start no attempt before', waits.callersUntilMs !== undefined && bareMoment(waits.callersUntilMs)],
    ['Quartile asks to wait until', waits.everybodyUntilMs !== undefined && bareMoment(waits.everybodyUntilMs)],
    ['No login before', waits.login?.untilMs !== undefined && bareMoment(waits.login.untilMs)],
  ];
}

function sayWork({ attempt, byTimer, endsAtMs }: Lease): Html {
  const what = attempt
    ? html`${attempt.kind}, wanted by ${byTimer ? 'the timer' : 'a caller'}, since ${bareMoment(attempt.startedAtMs)}; `
    : undefined;
  return html`${what}the lease ends ${bareMoment(endsAtMs)}`;
}

function checkFacts({ checks, access }: StatusReport): Fact[] {
  const { schedule, marginMs, nextAtMs, renewalAtMs, lastAtMs } = checks;
  return [
    ['Margin', saySpan(marginMs)],
    ['Renewal is due from', access && bareMoment(access.dueAtMs)],
    ['First check that finds it due', renewalAtMs !== undefined && bareMoment(renewalAtMs)],
    ['Next check', nextAtMs !== undefined && bareMoment(nextAtMs)],
    ['Timer last seen', lastAtMs === undefined ? 'no mark yet' : bareMoment(lastAtMs)],
    ['Schedule', html`<code>${schedule}</code>`],
  ];
}
