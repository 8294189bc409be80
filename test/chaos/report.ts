/** What the runs have shown, for people. Pure. */
import { describeCalls } from './expectations.ts';
import { faultNames } from './faults.ts';
import type { Run, Scenario } from './scenario.ts';
import { stepNames } from './steps.ts';

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
slowest: the longest that a caller without min_ttl waited while the old token lived
heal: from the fault on until a new pair was saved. *: the lease (95 s), or a back-off, was aged by hand in the table, as
time would have; then the time counts from there, and what was skipped is added. real: everybody waited
calls: refreshes+logins that reached Quartile, until all was well`;

/** Step × fault → what callers saw, seconds to heal, upstream calls. */
export function tabulate(runs: readonly Run[]): string {
  const groups = Map.groupBy(runs, ({ scenario }) => groupOf(scenario));
  const lines = [...groups.values()].toSorted((a, b) => rank(a) - rank(b)).map(rowOf);
  const total = totals(runs);
  return `${align([HEADINGS, ...lines, total])}\n\n${LEGEND}\n`;
}

/** One line on a run. */
export function describeRun({ scenario, victim, healing, calls, seen }: Run): string {
  const { state, trigger } = scenario;
  const by = state === 'due' ? `, ${trigger}` : '';
  const healed = healing ? `healed in ${seconds(healing.healMs)} s${healing.isAged ? '*' : ''}` : 'not healed';
  return (
    `${groupOf(scenario).padEnd(28)} ${`(${state}${by})`.padEnd(14)} host ${victim ?? '?'}, ${healed}, ` +
    `calls ${describeCalls(calls)}, answers ${seen.length}`
  );
}

function groupOf({ step, fault, lease, state }: Scenario): string {
  const more = state === 'empty' ? ' (first)' : lease === 'real' ? ' (real)' : '';
  return `${step} ${fault}${more}`;
}

function rank([run]: readonly Run[]): number {
  if (!run) return 0;
  const { step, fault, lease, state } = run.scenario;
  const place = faultNames.indexOf(fault) * stepNames.length + stepNames.indexOf(step);
  return place * 4 + (lease === 'real' ? 2 : 0) + (state === 'empty' ? 1 : 0);
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
  const heals = runs.flatMap(({ healing }) => (healing ? [healing.healMs] : [])).toSorted((a, b) => a - b);
  const mark = runs.some(({ healing }) => healing?.isAged) ? '*' : '';
  const calls = Map.groupBy(runs, (run) => describeCalls(run.calls));
  return [
    runs.length,
    tokens,
    unavailable,
    seen.length - tokens - unavailable - broken,
    broken,
    seconds(Math.max(0, ...runs.flatMap(slownesses))),
    seconds(heals[Math.floor(heals.length / 2)]) + mark,
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
