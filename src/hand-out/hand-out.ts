/**
 * The use case of a caller: the latest valid access token. A token that is missing, expired or too short-lived is renewed
 * first, by this caller or by the worker that already rotates; a token that is still valid is served, whatever failed.
 */
import type { TokenAnswer } from '../http/token-route.ts';
import { accessLifeMs } from '../rotation/decide.ts';
import { CALLER_WAIT_MS, JITTER } from '../rotation/limits.ts';
import { within } from '../rotation/patience.ts';
import type { TokenRow } from '../store/token-store.ts';
import { isOutOfReach, judgeLife, quickWaitMs } from './judge-life.ts';
import { isWaitPointless, type Renewal, renew, renewIfQuick, type RenewParts } from './renew.ts';
import { type Known, servable } from './row-memory.ts';

export type Unavailable = {
  readonly result: 'unavailable';
  readonly code: 'token_unavailable' | 'store_unavailable' | 'rotated_recently';
  readonly retryAfterSeconds: number;
};

export type Served = {
  readonly result: 'token';
  readonly token: TokenAnswer;
  /** Whether this call read the table, or was answered from what the instance knew. */
  readonly from: 'store' | 'cache';
};

export type HandOut = Served | Unavailable;

/** The wait that `Retry-After` names if nothing better is known. */
const RETRY_AFTER_MS = 5_000;

/** No caller is told to wait longer: other credentials may end the wait at any time, and a broken clock may have set it. */
const LONGEST_RETRY_AFTER_SECONDS = 300;

/** Callers that are turned away together return over at least this time. */
const SPREAD_MS = 3_000;

type TokenRequest = {
  readonly account: string;
  /** A strict guarantee: a token with at least this much left, or none. */
  readonly minTtlSeconds: number | undefined;
};

/**
 * Hands out the current token.
 *
 * @returns never an expired token. Never throws for what the store or Quartile does.
 */
export async function handOutToken(parts: RenewParts, request: TokenRequest): Promise<HandOut> {
  const { account, minTtlSeconds } = request;
  const { memory, nowMs, steadyMs } = parts;
  const startedAtMs = steadyMs();
  const cached = memory.fresh(account);
  if (cached && mayServe(parts, cached, minTtlSeconds)) {
    const served = serve(servable(cached), { minTtlSeconds, nowMs: nowMs(), from: 'cache' });
    if (served) return served;
  }
  const known = await readInTime(parts, request);
  const row = servable(known);
  const verdict = judgeLife(row, minTtlSeconds, nowMs());
  if (verdict.verdict === 'serve' || (verdict.verdict === 'renew-if-quick' && mayServe(parts, known, undefined))) {
    return serve(row, { minTtlSeconds, nowMs: nowMs(), from: originOf(known) }) ?? unavailable(parts, known);
  }
  if (minTtlSeconds !== undefined && known.storeAnswers && isOutOfReach(row, minTtlSeconds, nowMs())) {
    return { result: 'unavailable', code: 'token_unavailable', retryAfterSeconds: LONGEST_RETRY_AFTER_SECONDS };
  }
  const found = known.storeAnswers ? { stored: known.stored } : undefined;
  const spentMs = steadyMs() - startedAtMs; // the read is part of the wait
  const renewal =
    verdict.verdict === 'renew-if-quick'
      ? await renewIfQuick(parts, { account, found, waitMs: verdict.waitMs - spentMs })
      : await renew(parts, { account, occasion: { trigger: 'caller' }, found, waitMs: CALLER_WAIT_MS - spentMs });
  const latest = memory.recall(account); // a newer row may have been read or written meanwhile, whatever the result
  return (
    serve(servable(latest), { minTtlSeconds, nowMs: nowMs(), from: originOf(latest) }) ??
    unavailable(parts, latest, renewal)
  );
}

/** Tells whether the known token is served without a wait: it has enough left, or a wait would not bring another. */
function mayServe(parts: RenewParts, known: Known, minTtlSeconds: number | undefined): boolean {
  const nowMs = parts.nowMs();
  const { verdict } = judgeLife(servable(known), minTtlSeconds, nowMs);
  if (verdict !== 'renew-if-quick') return verdict === 'serve';
  return !known.storeAnswers || isWaitPointless(parts, known.stored?.row, nowMs);
}

/** Reads the table, but does not wait so long that a known token, which could be served, expires meanwhile. */
async function readInTime({ memory, nowMs, sleep }: RenewParts, request: TokenRequest): Promise<Known> {
  const { account, minTtlSeconds } = request;
  const remembered = memory.recall(account);
  const row = servable(remembered);
  const { verdict } = judgeLife(row, minTtlSeconds, nowMs());
  const reading = memory.read(account);
  if (verdict !== 'renew-first' && !remembered.storeAnswers) {
    reading.catch(() => undefined); // the store did not answer before: no caller waits for it; the next read reports it
    return remembered;
  }
  const waitMs = verdict === 'renew-first' || !row ? CALLER_WAIT_MS : quickWaitMs(accessLifeMs(row, nowMs()));
  return (await within(() => reading, waitMs, sleep)) ?? { ...memory.recall(account), storeAnswers: false };
}

/** Where the pair of a read comes from: if the row holds none that can be decrypted, from what was known before. */
export function originOf({ storeAnswers, stored }: Known): Served['from'] {
  return storeAnswers && stored?.row.tokens.state === 'held' ? 'store' : 'cache';
}

/** The row's token, unless it has expired or is below the requested `min_ttl`. */
export function serve(
  row: TokenRow | undefined,
  { minTtlSeconds, nowMs, from }: { minTtlSeconds: number | undefined; nowMs: number; from: Served['from'] },
): Served | undefined {
  if (row?.tokens.state !== 'held' || judgeLife(row, minTtlSeconds, nowMs).verdict === 'renew-first') return undefined;
  const lifeMs = accessLifeMs(row, nowMs);
  return {
    result: 'token',
    from,
    token: {
      accessToken: row.tokens.set.accessToken,
      lifeMs,
      expiresAtMs: nowMs + lifeMs,
      refreshedAtMs: Math.min(row.refreshedAtMs ?? nowMs, nowMs), // a time in the future was written by another clock
      generation: row.generation,
      source: row.source ?? 'login',
      stale: row.consecutiveFailures > 0,
    },
  };
}

/** The reason why there is no token, and when to ask again. */
export function unavailable(parts: RenewParts, known: Known, renewal?: Renewal): Unavailable {
  const storeFailed = !known.storeAnswers || (renewal?.result === 'failed' && renewal.culprit === 'store');
  const code = storeFailed ? 'store_unavailable' : 'token_unavailable';
  return { result: 'unavailable', code, retryAfterSeconds: retryAfterSeconds(parts, renewal) };
}

/** Whole seconds, from 1 to 300, spread by jitter so that callers do not all return at once. */
export function retryAfterSeconds({ nowMs, random }: RenewParts, renewal: Renewal | undefined): number {
  const untilMs = renewal && 'untilMs' in renewal ? renewal.untilMs : undefined;
  const waitMs = Math.max(untilMs === undefined ? RETRY_AFTER_MS : untilMs - nowMs(), 0) || RETRY_AFTER_MS;
  const spreadMs = random() * Math.max(SPREAD_MS, JITTER * waitMs);
  return Math.min(Math.ceil((waitMs + spreadMs) / 1000), LONGEST_RETRY_AFTER_SECONDS);
}
