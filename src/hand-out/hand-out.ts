/**
 * The use case of a caller: the latest access token that lives. A token that is missing, dead or too short-lived is
 * renewed on the spot, by this caller or whoever is at it already; a token that still lives is served, whatever failed.
 */
import type { TokenAnswer } from '../http/token-route.ts';
import { accessLifeMs } from '../rotation/decide.ts';
import { LONGEST_WAIT_MS } from '../rotation/limits.ts';
import { within } from '../rotation/patience.ts';
import type { TokenRow } from '../store/token-store.ts';
import { judgeLife, type LifeVerdict, QUICK_MS, quickMs } from './judge-life.ts';
import type { Reach } from './reach.ts';
import { type Known, withLastPair } from './row-memory.ts';
import { type Renewal, renew, type RenewParts } from './renew.ts';

export type HandOutParts = RenewParts & { readonly reach: Reach };

export type Unavailable = {
  readonly result: 'unavailable';
  readonly code: 'token_unavailable' | 'store_unavailable' | 'rotated_recently';
  readonly retryAfterSeconds: number;
};

export type Served = {
  readonly result: 'token';
  readonly token: TokenAnswer;
  /** Whether this call looked at the table, or was answered from what the instance knew. */
  readonly from: 'store' | 'cache';
};

export type HandOut = Served | Unavailable;

/** What `Retry-After` says where nothing better is known. */
const RETRY_AFTER_MS = 5_000;

/**
 * No caller is told to wait longer than this: whatever the row says, other credentials may heal it at any time, and a
 * broken clock may have written it.
 */
const LONGEST_RETRY_AFTER_MS = 300_000;

type TokenRequest = {
  readonly account: string;
  /** A strict promise: a token that lives at least that long, or none. */
  readonly minTtlSeconds: number | undefined;
};

/**
 * Hands out the current token.
 *
 * @returns never a dead token. Never throws for what the store or Quartile does.
 */
export async function handOutToken(parts: HandOutParts, request: TokenRequest): Promise<HandOut> {
  const { account, minTtlSeconds } = request;
  const { memory, reach, nowMs } = parts;
  const startedAtMs = nowMs();
  const cached = memory.fresh(account);
  const known = cached ?? (await look(parts, request));
  const pair = withLastPair(known);
  if (pair) reach.see(pair);
  const verdict = judgeRow(pair, minTtlSeconds, nowMs());
  if (verdict.verdict === 'serve') {
    const from = cached ? 'cache' : originOf(known);
    return serve(pair, { minTtlSeconds, nowMs: nowMs(), from }) ?? unavailable(parts, known);
  }
  if (minTtlSeconds !== undefined && known.storeAnswers && pair && reach.isBeyond(pair, minTtlSeconds, nowMs())) {
    return { result: 'unavailable', code: 'token_unavailable', retryAfterSeconds: LONGEST_RETRY_AFTER_MS / 1000 };
  }
  const leftMs = startedAtMs + LONGEST_WAIT_MS - nowMs(); // the look is part of the wait
  const quickLeftMs = startedAtMs + QUICK_MS - nowMs();
  const patienceMs = verdict.verdict === 'renew-if-quick' ? Math.min(verdict.patienceMs, quickLeftMs) : leftMs;
  return handOutRenewed(parts, request, patienceMs);
}

/** Hands out what a renewal brings, or what is known by then. */
async function handOutRenewed(
  parts: HandOutParts,
  { account, minTtlSeconds }: TokenRequest,
  patienceMs: number,
): Promise<HandOut> {
  const { memory, reach, nowMs } = parts;
  const renewal = await renew(parts, { account, occasion: { trigger: 'caller' }, patienceMs });
  // Whatever became of it: somebody may have read or written a newer row meanwhile.
  const latest = memory.recall(account);
  if (minTtlSeconds !== undefined && renewal.result === 'renewed' && latest.row) reach.note(latest.row);
  return (
    serve(withLastPair(latest), { minTtlSeconds, nowMs: nowMs(), from: originOf(latest) }) ??
    unavailable(parts, latest, renewal)
  );
}

/** Looks at the table, but not for so long that a token that is remembered, and would do, dies meanwhile. */
async function look({ memory, nowMs, sleep }: RenewParts, { account, minTtlSeconds }: TokenRequest): Promise<Known> {
  const remembered = memory.recall(account);
  const pair = withLastPair(remembered);
  const lifeMs = pair ? accessLifeMs(pair, nowMs()) : 0;
  const { verdict } = judgeLife(lifeMs, minTtlSeconds);
  const looking = memory.look(account);
  if (verdict === 'serve' && !remembered.storeAnswers) {
    looking.catch(() => undefined); // known to be out of reach: nobody waits for it; the next look tells
    return remembered;
  }
  const patienceMs = verdict === 'renew-first' ? LONGEST_WAIT_MS : quickMs(lifeMs);
  return (await within(() => looking, patienceMs, sleep)) ?? { ...memory.recall(account), storeAnswers: false };
}

/** Where the pair of a look just made comes from: where it found none that opens, from what was known before. */
export function originOf({ storeAnswers, unopened, row }: Known): Served['from'] {
  return storeAnswers && !unopened && row?.tokens.state === 'held' ? 'store' : 'cache';
}

function judgeRow(row: TokenRow | undefined, minTtlSeconds: number | undefined, nowMs: number): LifeVerdict {
  return judgeLife(row ? accessLifeMs(row, nowMs) : 0, minTtlSeconds);
}

/** The row's token, unless it is dead or below the `min_ttl` that was asked for. */
export function serve(
  row: TokenRow | undefined,
  { minTtlSeconds, nowMs, from }: { minTtlSeconds: number | undefined; nowMs: number; from: Served['from'] },
): Served | undefined {
  if (row?.tokens.state !== 'held' || judgeRow(row, minTtlSeconds, nowMs).verdict === 'renew-first') return undefined;
  const { accessToken, accessExpiresAtMs } = row.tokens.set;
  return {
    result: 'token',
    from,
    token: {
      accessToken,
      lifeMs: accessExpiresAtMs - nowMs,
      expiresAtMs: accessExpiresAtMs,
      refreshedAtMs: Math.min(row.refreshedAtMs ?? nowMs, nowMs), // a moment in the future was another clock's
      generation: row.generation,
      source: row.source ?? 'login',
      stale: row.consecutiveFailures > 0,
    },
  };
}

/** Why there is no token, and when to ask again. */
export function unavailable({ nowMs }: RenewParts, known: Known, renewal?: Renewal): Unavailable {
  const storeFailed = !known.storeAnswers || (renewal?.result === 'failed' && renewal.culprit === 'store');
  return {
    result: 'unavailable',
    code: storeFailed ? 'store_unavailable' : 'token_unavailable',
    retryAfterSeconds: retryAfterSeconds(renewal, nowMs()),
  };
}

/** Whole seconds, from 1 to 300. */
export function retryAfterSeconds(renewal: Renewal | undefined, nowMs: number): number {
  const untilMs = renewal && 'untilMs' in renewal ? renewal.untilMs : undefined;
  const waitMs = untilMs !== undefined && untilMs > nowMs ? untilMs - nowMs : RETRY_AFTER_MS;
  return Math.ceil(Math.min(waitMs, LONGEST_RETRY_AFTER_MS) / 1000);
}
