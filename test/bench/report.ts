/** The figures, for people. Pure. */
import { type Figure, type Goal, isMet } from './figure.ts';

const HEADINGS = ['measurement', 'what', 'result', 'goal', 'met'];

/** A table in Markdown, that is read as it stands, too: so it can go into the README. */
export function tabulate(figures: readonly (Figure & { readonly measurement: string })[]): string {
  const rows = figures.map((figure) => [
    figure.measurement,
    figure.what,
    `${format(figure.value)}${figure.unit && ` ${figure.unit}`}`,
    figure.goal ? describeGoal(figure.goal) : '',
    { true: 'yes', false: 'NO', undefined: '' }[String(isMet(figure))] ?? '',
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(HEADINGS), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function describeGoal(goal: Goal): string {
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
}

/** Three digits are more than a machine with other things to do can tell. */
function format(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
}
