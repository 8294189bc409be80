/** One line of what a measurement found. */
export type Figure = {
  readonly what: string;
  readonly value: number;
  /** `×` for a ratio, empty for a count. */
  readonly unit: 'per s' | 'ms' | 'µs' | 'MB' | 'bytes' | '×' | '';
  readonly goal?: Goal;
};

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** What a measurement gets. */
export type Bench = {
  /** How often a measurement takes its turns: what it measures and each yardstick, once or several times a round. */
  readonly rounds: number;
  /** Tells whoever waits how far it is. */
  readonly progress: (line: string) => void;
};

/** Whether a goal is met; `undefined` where there is none. */
export function isMet({ value, goal }: Figure): boolean | undefined {
  if (goal === undefined) return undefined;
  return 'atLeast' in goal ? value >= goal.atLeast : value <= goal.atMost;
}
