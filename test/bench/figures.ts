/** Figures: what many measurements say together, their goals, and the table of them. Pure. */

export type Figure = {
  readonly what: string;
  readonly value: number;
  /** `×` for a ratio, empty for a count. */
  readonly unit: 'per s' | 'ms' | 'MB' | 'bytes' | '×' | '';
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
};

/** The arguments of a measurement. */
export type Bench = {
  /** How often each thing is measured, in turns with what it is compared to. */
  readonly rounds: number;
  /** A folder with another build of this project, to compare with. */
  readonly against: string | undefined;
  readonly progress: (line: string) => void;
};

/** Tells whether a goal is met; `undefined` if there is none. */
export function isMet({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}

/** @throws {RangeError} if there are no values */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The nearest-rank percentile. @throws {RangeError} if there are no values */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('There are no values to take a percentile of');
  return value;
}

/** The median of a[i] / b[i]. Both come from the same round, so a slow machine slows both. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value / (b[round] ?? Number.NaN)));
}

/** A value measured after so many operations. */
export type Point = { readonly after: number; readonly value: number };

/** The growth per operation: the median over all steps, so that a single jump neither looks like growth nor hides it. */
export function medianStep(points: readonly Point[]): number {
  const pairs = points.slice(1).map((to, index) => ({ from: points[index], to }));
  return median(pairs.map(({ from, to }) => (from ? (to.value - from.value) / (to.after - from.after) : Number.NaN)));
}

export type NamedFigure = Figure & { readonly measurement: string };

/** A table in Markdown that is also readable in a terminal. */
export function tabulate(figures: readonly NamedFigure[]): string {
  const headings = ['measurement', 'what', 'result', 'goal', 'met'];
  const rows = figures.map((figure) => {
    const met = isMet(figure);
    const { goal } = figure;
    const bound = goal === undefined ? '' : 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;
    const result = `${format(figure.value)} ${figure.unit}`.trim();
    return [figure.measurement, figure.what, result, bound, met === undefined ? '' : met ? 'yes' : 'NO'];
  });
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Three digits: a busy machine does not allow more. */
function format(value: number): string {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(3);
}
