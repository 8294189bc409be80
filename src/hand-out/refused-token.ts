/**
 * The use case of a caller whose token Quartile refused. Only a report of the current generation, or of one above it,
 * rotates; a caller that reports an older one has missed a rotation and receives its token.
 */
import { CALLER_WAIT_MS } from '../rotation/limits.ts';
import type { TokenRow } from '../store/token-store.ts';
import { type HandOut, originOf, retryAfterSeconds, serve, unavailable } from './hand-out.ts';
import { renew, type RenewParts } from './renew.ts';
import { servable } from './row-memory.ts';

/**
 * Answers the report that the token of a generation was refused.
 *
 * @returns another token than the reported one; `rotated_recently` if a report created the reported one a short time ago.
 *   Never throws for what the store or Quartile does.
 */
export async function replaceRefusedToken(
  parts: RenewParts,
  { account, generation }: { readonly account: string; readonly generation: number },
): Promise<HandOut> {
  const { memory, nowMs, logEvent } = parts;
  const cached = memory.fresh(account);
  const remembered = cached && servable(cached);
  if (isNewer(remembered, generation)) {
    const newer = serve(remembered, { minTtlSeconds: undefined, nowMs: nowMs(), from: 'cache' });
    if (newer) return newer;
  }
  logEvent({ name: 'token.reported', account, generation });
  const occasion = { trigger: 'report', refusedGeneration: generation } as const;
  const renewal = await renew(parts, { account, occasion, waitMs: CALLER_WAIT_MS });
  const known = memory.recall(account);
  const latest = servable(known);
  // After a rotation the table holds another token, even if generations began again from 1.
  if (renewal.result === 'renewed' || isNewer(latest, generation)) {
    const other = serve(latest, { minTtlSeconds: undefined, nowMs: nowMs(), from: originOf(known) });
    if (other) return other;
  }
  if (renewal.result === 'held-back' && renewal.code === 'rotated_recently') {
    return { result: 'unavailable', code: 'rotated_recently', retryAfterSeconds: retryAfterSeconds(parts, renewal) };
  }
  return unavailable(parts, known, renewal);
}

function isNewer(row: TokenRow | undefined, generation: number): boolean {
  return row !== undefined && row.generation > generation;
}
