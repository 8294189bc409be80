import type { Observation } from './callers.ts';

/** One generation names one token, and a host never goes back to an older one. Pure. */
export function judgeGenerations(seen: readonly Observation[]): string[] {
  const tokens = new Map<number, string>();
  const generations = new Map<string, number>();
  const wrong: string[] = [];
  for (const { token, generation } of seen) {
    if (token === undefined || generation === undefined) continue;
    const known = tokens.get(generation);
    if (known !== undefined && known !== token) wrong.push(`generation ${generation} named two tokens`);
    tokens.set(generation, token);
    generations.set(token, generation);
  }
  for (const [host, answers] of Map.groupBy(seen, (one) => one.host)) {
    if (goesBack(answers, generations)) wrong.push(`host ${host.pid} went back to an older generation`);
  }
  return [...new Set(wrong)];
}

/** Whether one answer is older than another that had arrived before the first was asked for. */
function goesBack(answers: readonly Observation[], generations: ReadonlyMap<string, number>): boolean {
  const byArrival = answers.toSorted((a, b) => a.arrivedAtMs - b.arrivedAtMs);
  let newest = 0;
  let arrived = 0;
  for (const { startedAtMs, token } of answers.toSorted((a, b) => a.startedAtMs - b.startedAtMs)) {
    for (let next = byArrival[arrived]; next && next.arrivedAtMs < startedAtMs; next = byArrival[(arrived += 1)]) {
      newest = Math.max(newest, generations.get(next.token ?? '') ?? 0);
    }
    const generation = generations.get(token ?? '');
    if (generation !== undefined && generation < newest) return true;
  }
  return false;
}
