import { toIso } from '../iso-time.ts';
import type { TokenSet, TokenSetNote } from '../quartile/token-set.ts';
import type { StoredRow, TokenRow } from '../store/token-store.ts';
import { FIRST_SAVE_RETRY_MS, LONGEST_SAVE_RETRY_MS, NOT_BEFORE_TOLERANCE_MS } from './limits.ts';
import type { Rotation, RotationParts, RotationRequest, SharedParts } from './rotate.ts';
import { type EndedAttempt, newRow, type ReceivedPair, renewed } from './row-changes.ts';
import { writeRow } from './write-row.ts';

type Received = {
  readonly pair: ReceivedPair & { readonly tokenSet: TokenSet };
  readonly notes: readonly TokenSetNote[];
  /** The row under our lease, as it was last written or read. */
  readonly claim: StoredRow;
  readonly attempt: EndedAttempt;
};

/**
 * Offers a received pair to the row until it is saved, or until the row holds a newer one, whichever worker holds the
 * lease by then: while the generation is the one that the attempt began with, this pair is the newest, and the refresh
 * token in the row may be spent. After a conflict the save is repeated at once; if the store does not answer, with
 * back-off.
 *
 * @returns when the pair is saved or superseded, however long that takes
 */
export async function savePair(
  parts: SharedParts,
  request: RotationRequest,
  { pair, notes, claim, attempt }: Received,
): Promise<Rotation> {
  const { account, logEvent } = request;
  const stamp = { writeId: parts.newId(), nowMs: parts.nowMs() }; // one write, however often it is repeated
  let base: StoredRow | undefined = claim;
  let retryMs = FIRST_SAVE_RETRY_MS;
  parts.notePendingSave(account, true);
  try {
    for (;;) {
      const row = renewed(base?.row ?? newRow(account, stamp), pair, attempt, stamp);
      const write = await writeRow(parts.store, row, base?.etag);
      if (write.result === 'written') {
        reportDone(parts, request, { pair, notes, row: write.stored.row, before: claim.row, attempt });
        return { result: 'done', row: write.stored.row };
      }
      if (write.result === 'unknown') {
        logEvent({ name: 'rotation.save_delayed', account, code: write.code });
        await parts.sleep(retryMs);
        retryMs = Math.min(2 * retryMs, LONGEST_SAVE_RETRY_MS);
        continue;
      }
      base = write.found;
      if (base && isOvertaken(base.row, claim.row.generation)) {
        logEvent({ name: 'rotation.superseded', account, generation: pair.generation });
        return { result: 'elsewhere' };
      }
    }
  } finally {
    parts.notePendingSave(account, false);
  }
}

/**
 * Tells whether the row holds a pair that is newer than ours: a later generation than the attempt began with; or an
 * earlier one, if the row was deleted and another worker created it again. A pair that cannot be decrypted is newer only
 * if its generation is. A row without a pair is free.
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

type Done = Pick<Received, 'pair' | 'notes' | 'attempt'> & {
  readonly row: TokenRow;
  readonly before: TokenRow;
};

function reportDone(parts: RotationParts, request: RotationRequest, { pair, notes, row, before, attempt }: Done): void {
  const { account, logEvent } = request;
  const { source: kind, generation, tokenSet } = pair;
  const nowMs = parts.nowMs();
  const ms = nowMs - attempt.startedAtMs;
  const expiresAt = toIso(tokenSet.accessExpiresAtMs);
  logEvent({ name: 'rotation.done', account, trigger: attempt.trigger, kind, generation, expiresAt, ms });
  if (before.consecutiveFailures > 0) {
    const failedForSeconds = Math.max(0, Math.floor((nowMs - firstFailureMs(row, nowMs)) / 1000));
    logEvent({ name: 'rotation.recovered', account, failedForSeconds, attempts: before.consecutiveFailures });
  }
  for (const note of notes) logEvent({ name: 'token.life_corrected', account, note });
  warnOfOddLife(parts, request, tokenSet);
}

/** When the failures before the last attempt began, as far as the row remembers. */
function firstFailureMs({ history }: TokenRow, nowMs: number): number {
  const failures = history.slice(0, -1);
  const lastSuccess = failures.findLastIndex(({ outcome }) => outcome === 'done');
  return failures[lastSuccess + 1]?.atMs ?? nowMs;
}

/** What the operator should know about a pair that works all the same. */
function warnOfOddLife({ nowMs, rules }: RotationParts, { account, logEvent }: RotationRequest, set: TokenSet): void {
  const lifeMs = set.accessExpiresAtMs - nowMs();
  if (lifeMs <= rules.marginMs) {
    logEvent({ name: 'token.life_within_margin', account, lifeSeconds: Math.floor(lifeMs / 1000) });
  }
  if (set.notBeforeMs !== undefined && set.notBeforeMs > nowMs() + NOT_BEFORE_TOLERANCE_MS) {
    logEvent({ name: 'token.not_usable_yet', account, notBefore: toIso(set.notBeforeMs) });
  }
}
