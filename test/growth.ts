import { performance } from 'node:perf_hooks';

/** A machine that is busy takes time away from some rounds; what the work itself takes is seen in the quickest. */
const ROUNDS = 7;

/**
 * How many times longer the larger work takes than the smaller, in this process and in turns: says how work grows, whatever
 * the machine is doing, where a time in seconds would say how busy it is.
 */
export function growthOf(small: () => unknown, large: () => unknown): number {
  let [smallMs, largeMs] = [Infinity, Infinity];
  for (let round = 0; round < ROUNDS; round += 1) {
    smallMs = Math.min(smallMs, timeOf(small));
    largeMs = Math.min(largeMs, timeOf(large));
  }
  return largeMs / smallMs;
}

function timeOf(work: () => unknown): number {
  const startedAtMs = performance.now();
  work();
  return performance.now() - startedAtMs;
}
