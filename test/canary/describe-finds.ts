/** What was found, told without telling it. Pure. */
import type { Find } from './search.ts';

/** Characters that are shown on both sides of a find. */
const CONTEXT = 20;

/** A line for each kind and form: how often, where first, and what stands around it. All other finds are masked, too. */
export function describeFinds(where: string, text: string, finds: readonly Find[]): string[] {
  const groups = Map.groupBy(finds, ({ kind, variant }) => `${kind} (${variant})`);
  return [...groups].map(([what, [first, ...more]]) => {
    const often = more.length === 0 ? '' : `, ${more.length + 1} times`;
    return `${what} in ${where}${often}, at ${first?.start}: ${first ? showAround(text, first, finds) : ''}`;
  });
}

function showAround(text: string, { start, end }: Find, finds: readonly Find[]): string {
  const mask = (from: number, to: number) => {
    let shown = '';
    for (let at = Math.max(0, from); at < Math.min(to, text.length); at += 1) {
      shown += finds.some((find) => find.start <= at && at < find.end) ? '*' : text[at];
    }
    return shown;
  };
  return JSON.stringify(`${mask(start - CONTEXT, start)}[${end - start} characters]${mask(end, end + CONTEXT)}`);
}
