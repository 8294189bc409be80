/** What the runs have shown, for people. Pure. */
import { describeCalls } from './expectations.ts';
import { faultNames } from './faults.ts';
import { waitingCallers } from './judge.ts';
import type { Run, Scenario } from './scenario.ts';
import { stepNames, stepOf } from './steps.ts';

type Columns = readonly string[];

const HEADINGS: Columns = [
  'step',
  'fault',
  'runs',
  '200',
  '503',
  'other',
  'broken',
  'slowest s',
  'heal s median',
  'max',
  'calls',
];

const LEGEND = `200, 503, other, broken: what callers saw, on all hosts (broken: the connections of a host that was killed)
slowest: the longest that a caller without min_ttl waited while the old token was valid
heal: from the fault until a new pair was saved; leases and back-off end by themselves
calls: refreshes+logins that reached Quartile until the account had recovered`;

/** Step × fault → what callers saw, seconds to heal, upstream calls. */
export function tabulate(runs: readonly Run[]): string {
  const groups = Map.groupBy(runs, ({ scenario }) => groupOf(scenario));
  const lines = [...groups.values()].toSorted((a, b) => rank(a) - rank(b)).map(rowOf);
  const total = totals(runs);
  return `${align([HEADINGS, ...lines, total])}\n\n${LEGEND}\n\n${summarize(runs)}\n`;
}

/** How long recovery from a kill under a lease took, and what callers received that waited from that moment on. */
function summarize(runs: readonly Run[]): string {
  const kills = runs.filter(({ scenario: { fault, step } }) => fault.startsWith('kill') && stepOf(step).holdsLease);
  const heals = sorted(kills.flatMap(({ healing }) => (healing ? [healing.healMs] : [])));
  const waiting = runs.flatMap(waitingCallers);
  const served = waiting.filter(({ status }) => status === 200);
  const waits = sorted(served.map(({ startedAtMs, arrivedAtMs }) => arrivedAtMs - startedAtMs));
  return [
    `Killed under a lease: ${kills.length} times; recovered after ${seconds(median(heals))} s (median), ${seconds(heals.at(-1))} s (maximum).`,
    `Callers that waited from the moment of a kill without a valid token: ${waiting.length}, of them ${served.length} received 200, ` +
      `after ${seconds(median(waits))} s (median), ${seconds(waits.at(-1))} s (maximum).`,
  ].join('\n');
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function median(values: readonly number[]): number | undefined {
  return values[Math.floor(values.length / 2)];
}

/** One line on a run. */
export function describeRun({ scenario, victim, healing, calls, seen }: Run): string {
  const { state, trigger } = scenario;
  const by = state === 'due' ? `, ${trigger}` : '';
  const healed = healing ? `healed in ${seconds(healing.healMs)} s` : 'not healed';
  return (
    `${groupOf(scenario).padEnd(28)} ${`(${state}${by})`.padEnd(14)} host ${victim ?? '?'}, ${healed}, ` +
    `calls ${describeCalls(calls)}, answers ${seen.length}`
  );
}

function groupOf({ step, fault, state }: Scenario): string {
  const more = state === 'empty' ? ' (first)' : '';
  return `${step} ${fault}${more}`;
}

function rank([run]: readonly Run[]): number {
  if (!run) return 0;
  const { step, fault, state } = run.scenario;
  const place = faultNames.indexOf(fault) * stepNames.length + stepNames.indexOf(step);
  return place * 2 + (state === 'empty' ? 1 : 0);
}

function rowOf(runs: readonly Run[]): Columns {
  const [run] = runs;
  const name = run ? groupOf(run.scenario) : '';
  const [step = '', ...fault] = name.split(' ');
  return [step, fault.join(' '), ...figures(runs)];
}

function totals(runs: readonly Run[]): Columns {
  return ['all', '', ...figures(runs).slice(0, -3), '', '', ''];
}

function figures(runs: readonly Run[]): Columns {
  const seen = runs.flatMap((run) => run.seen);
  const count = (status: number | undefined) => seen.filter((one) => one.status === status).length;
  const [tokens, unavailable, broken] = [count(200), count(503), count(undefined)];
  const heals = sorted(runs.flatMap(({ healing }) => (healing ? [healing.healMs] : [])));
  const calls = Map.groupBy(runs, (run) => describeCalls(run.calls));
  return [
    runs.length,
    tokens,
    unavailable,
    seen.length - tokens - unavailable - broken,
    broken,
    seconds(Math.max(0, ...runs.flatMap(slownesses))),
    seconds(median(heals)),
    seconds(heals.at(-1)),
    [...calls].map(([figure, same]) => (calls.size === 1 ? figure : `${same.length}× ${figure}`)).join(', '),
  ].map(String);
}

/** Killed hosts' callers were not answered at all, and stopped hosts' when they went on. */
function slownesses({ seen, planted, scenario, victim }: Run): number[] {
  return seen
    .filter(
      ({ kind, status, worker }) =>
        kind === 'plain' && status === 200 && !(scenario.fault === 'pause' && worker === victim),
    )
    .filter(({ startedAtMs }) => startedAtMs < planted.liveUntilMs - 1_000)
    .map(({ startedAtMs, arrivedAtMs }) => arrivedAtMs - startedAtMs);
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '' : (ms / 1000).toFixed(1);
}

function align(lines: readonly Columns[]): string {
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const cell = (text: string, column: number) =>
    column < 2 || column === HEADINGS.length - 1
      ? text.padEnd(widths[column] ?? 0)
      : text.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(cell).join('  ').trimEnd()).join('\n');
}
