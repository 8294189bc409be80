import type { TokenSet } from '../quartile/token-set.ts';
import type { StoredRow, TokenRow } from '../store/token-store.ts';
import { FIRST_SAVE_RETRY_MS, LONGEST_SAVE_RETRY_MS, NOT_BEFORE_TOLERANCE_MS } from './limits.ts';
import type { Rotation, RotationParts, RotationRequest } from './rotate.ts';
import { type EndedAttempt, newRow, type ReceivedPair, renewed } from './row-changes.ts';
import { writeRow } from './write-row.ts';

type Received = {
  readonly pair: ReceivedPair;
  /** The row as the claim left it. */
  readonly claim: StoredRow;
  readonly attempt: EndedAttempt;
};

/**
 * Offers a received pair to the row until it is saved, or until a newer one stands there.
 * Whoever holds the lease by then: as long as the generation is the one that the attempt began with, this pair is the
 * newest there is, and the refresh token in the row may be spent.
 *
 * @returns once the pair is saved or superseded, however long that takes
 */
export async function savePair(
  parts: RotationParts,
  request: RotationRequest,
  { pair, claim, attempt }: Received,
): Promise<Rotation> {
  const { account, logEvent } = request;
  const stamp = { writeId: parts.newId(), nowMs: parts.nowMs() }; // one write, however often it is repeated
  let base: StoredRow | undefined = claim;
  for (let retryMs = FIRST_SAVE_RETRY_MS; ; retryMs = Math.min(2 * retryMs, LONGEST_SAVE_RETRY_MS)) {
    const row = renewed(base?.row ?? newRow(account, stamp), pair, attempt, stamp);
    const write = await writeRow(parts.store, row, base?.etag);
    if (write.result === 'written') return done(parts, request, { pair, row: write.stored.row, attempt });
    if (write.result === 'unknown') {
      logEvent({ name: 'rotation.save_delayed', account, code: write.code });
    } else {
      base = write.found;
      if (base && isOvertaken(base.row, claim.row.generation)) {
        logEvent({ name: 'rotation.superseded', account, generation: pair.generation });
        return { result: 'elsewhere' };
      }
    }
    await parts.sleep(retryMs);
  }
}

/**
 * Whether a pair that is newer than ours stands there: of another generation than the attempt began with, a later one,
 * or an earlier one, where the row was deleted and its successor is another worker's. One that cannot be read is newer
 * only where its generation says so. A row without a pair is nobody's yet.
 */
function isOvertaken({ generation, tokens }: TokenRow, begunWith: number): boolean {
  switch (tokens.state) {
    case 'held':
      return generation !== begunWith;
    case 'unreadable':
      return generation > begunWith;
    case 'none':
      return false;
  }
}

function done(
  parts: RotationParts,
  request: RotationRequest,
  { pair, row, attempt }: { pair: ReceivedPair; row: TokenRow; attempt: EndedAttempt },
): Rotation {
  const { account, logEvent } = request;
  const { source: kind, generation, tokenSet } = pair;
  const { trigger } = attempt;
  const ms = parts.nowMs() - attempt.startedAtMs;
  logEvent({
    name: 'rotation.done',
    account,
    trigger,
    kind,
    generation,
    expiresAt: iso(tokenSet.accessExpiresAtMs),
    ms,
  });
  warnOfOddLife(parts, request, tokenSet);
  return { result: 'done', row };
}

/** What the operator should know of a pair that works all the same. */
function warnOfOddLife({ nowMs, rules }: RotationParts, { account, logEvent }: RotationRequest, set: TokenSet): void {
  const lifeMs = set.accessExpiresAtMs - nowMs();
  if (lifeMs <= rules.marginMs) {
    logEvent({ name: 'token.life_within_margin', account, lifeSeconds: Math.floor(lifeMs / 1000) });
  }
  if (set.notBeforeMs !== undefined && set.notBeforeMs > nowMs() + NOT_BEFORE_TOLERANCE_MS) {
    logEvent({ name: 'token.not_usable_yet', account, notBefore: iso(set.notBeforeMs) });
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
