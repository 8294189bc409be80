/** What many measurements say together. Pure. */

/** @throws {RangeError} of no values */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value that so many per cent of all are not above (nearest rank). @throws {RangeError} of no values */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('There is nothing to take a percentile of');
  return value;
}

/** The median of a[i] / b[i]: both of one turn or round, so that what slowed the machine then slowed both. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, turn) => value / (b[turn] ?? Number.NaN)));
}

/** What was measured after so much had been done. */
export type Point = { readonly after: number; readonly value: number };

/**
 * What each unit of work adds, by the median of all steps from one point to the next: something that comes once, or
 * goes once, is no growth and hides none.
 */
export function medianStep(points: readonly Point[]): number {
  const pairs = points.slice(1).map((to, index) => ({ from: points[index], to }));
  return median(pairs.map(({ from, to }) => (from ? (to.value - from.value) / (to.after - from.after) : Number.NaN)));
}
