/**
 * The use case of a caller whose token Quartile refused: compare and refresh. Only a report of the current generation
 * rotates; whoever reports an older one has missed a rotation, and gets its token.
 */
import { LOGIN_REFUSED } from '../rotation/decide.ts';
import { LONGEST_WAIT_MS } from '../rotation/limits.ts';
import type { TokenRow } from '../store/token-store.ts';
import { type HandOut, originOf, retryAfterSeconds, serve, unavailable } from './hand-out.ts';
import { renew, type RenewParts } from './renew.ts';
import { withLastPair } from './row-memory.ts';

/**
 * Answers the report that the token of a generation was refused.
 *
 * @returns a token of another generation, never the one that was reported; `rotated_recently` where the reported one is
 *   too young to be rotated again. Never throws for what the store or Quartile does.
 */
export async function replaceRefusedToken(
  parts: RenewParts,
  { account, generation }: { readonly account: string; readonly generation: number },
): Promise<HandOut> {
  const remembered = withLastPair(parts.memory.recall(account));
  if (isNewer(remembered, generation)) {
    const newer = serve(remembered, { minTtlSeconds: undefined, nowMs: parts.nowMs(), from: 'cache' });
    if (newer) return newer;
  }
  parts.logEvent({ name: 'token.reported', account, generation });
  const occasion = { trigger: 'report', refusedGeneration: generation } as const;
  const renewal = await renew(parts, { account, occasion, patienceMs: LONGEST_WAIT_MS });
  const known = parts.memory.recall(account);
  const latest = withLastPair(known);
  // What the table has now may count anew from 1; what is only remembered is worth something if it is newer.
  const isOther = renewal.result === 'renewed' ? latest?.generation !== generation : isNewer(latest, generation);
  if (isOther) {
    const other = serve(latest, { minTtlSeconds: undefined, nowMs: parts.nowMs(), from: originOf(known) });
    if (other) return other;
  }
  if (renewal.result === 'held-back' && renewal.code !== LOGIN_REFUSED) {
    const seconds = retryAfterSeconds(renewal, parts.nowMs());
    return { result: 'unavailable', code: 'rotated_recently', retryAfterSeconds: seconds };
  }
  return unavailable(parts, parts.memory.recall(account), renewal);
}

function isNewer(row: TokenRow | undefined, generation: number): boolean {
  return row !== undefined && row.generation > generation;
}
