/**
 * The use case of a caller: the latest access token that lives. A token that is missing, dead or too short-lived is
 * renewed on the spot, by this caller or whoever is at it already; a token that still lives is served, whatever failed.
 */
import { accessLifeMs } from '../rotation/decide.ts';
import { type Sleep, within } from '../rotation/patience.ts';
import type { Rotation } from '../rotation/rotate.ts';
import type { Rotator } from '../rotation/rotator.ts';
import { type RotationKind, StoreError, type TokenRow, type TokenStore } from '../store/token-store.ts';
import type { TelemetryEvent } from '../telemetry/events.ts';
import { judgeLife, type LifeVerdict } from './judge-life.ts';

/** The longest a caller waits for a token when there is none to serve. */
const LONGEST_WAIT_MS = 25_000;

/** How often a caller looks whether the worker that rotates elsewhere is done. */
const POLL_MS = 250;

/** What `Retry-After` says where nothing better is known. */
const RETRY_AFTER_SECONDS = 5;

export type HandOutParts = {
  readonly store: TokenStore;
  readonly rotator: Rotator;
  readonly nowMs: () => number;
  readonly sleep: Sleep;
  /** Outlives the caller: a rotation that a caller started goes on after the caller has left. */
  readonly report: (event: TelemetryEvent) => void;
};

export type CurrentToken = {
  readonly accessToken: string;
  /** What is left, in milliseconds, when the token is handed out. */
  readonly lifeMs: number;
  readonly expiresAtMs: number;
  readonly refreshedAtMs: number;
  readonly generation: number;
  readonly source: RotationKind;
  /** The last attempt to renew it failed. */
  readonly stale: boolean;
};

export type HandOut =
  | { readonly result: 'token'; readonly token: CurrentToken }
  | {
      readonly result: 'unavailable';
      readonly code: 'token_unavailable' | 'store_unavailable';
      readonly retryAfterSeconds: number;
    };

export type HandOutRequest = { readonly account: string; readonly minTtlSeconds: number | undefined };

/** Never throws for what the store or Quartile does. */
export async function handOutToken(parts: HandOutParts, request: HandOutRequest): Promise<HandOut> {
  const row = await readRow(parts, request.account);
  if (row === 'unreadable') return unavailable('store_unavailable');
  const verdict = judgeRow(row, request, parts.nowMs());
  if (verdict.verdict === 'serve') return serve(row, request, parts.nowMs());
  const patienceMs = verdict.verdict === 'renew-if-quick' ? verdict.patienceMs : LONGEST_WAIT_MS;
  const rotation = await renew(parts, request, patienceMs);
  if (rotation && 'row' in rotation) return serve(rotation.row, request, parts.nowMs());
  const latest = await readRow(parts, request.account);
  const served = serve(latest === 'unreadable' ? row : latest, request, parts.nowMs());
  const storeFailed = latest === 'unreadable' || (rotation?.result === 'failed' && rotation.culprit === 'store');
  return served.result === 'unavailable' && storeFailed ? unavailable('store_unavailable') : served;
}

/** Rotates, or waits for the worker elsewhere that does. `undefined` when the time was up first. */
async function renew(
  { rotator, nowMs, sleep, report }: HandOutParts,
  { account }: HandOutRequest,
  patienceMs: number,
): Promise<Rotation | undefined> {
  const untilMs = nowMs() + patienceMs;
  for (let leftMs = patienceMs; leftMs > 0; leftMs = untilMs - nowMs()) {
    const rotation = await within(rotator.rotate({ account, trigger: 'caller', report }), leftMs, sleep);
    if (rotation?.result !== 'elsewhere') return rotation;
    await sleep(Math.min(POLL_MS, Math.max(0, untilMs - nowMs())));
  }
  return undefined;
}

function judgeRow(row: TokenRow | undefined, { minTtlSeconds }: HandOutRequest, nowMs: number): LifeVerdict {
  return judgeLife(row ? accessLifeMs(row, nowMs) : 0, minTtlSeconds);
}

/** Serves the row's token unless it is dead or below the `min_ttl` that was asked for. */
function serve(row: TokenRow | undefined, request: HandOutRequest, nowMs: number): HandOut {
  if (row?.tokens.state !== 'held' || judgeRow(row, request, nowMs).verdict === 'renew-first') {
    return unavailable('token_unavailable');
  }
  const { accessToken, accessExpiresAtMs } = row.tokens.set;
  return {
    result: 'token',
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

function unavailable(code: 'token_unavailable' | 'store_unavailable'): HandOut {
  return { result: 'unavailable', code, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

async function readRow({ store }: HandOutParts, account: string): Promise<TokenRow | undefined | 'unreadable'> {
  try {
    return (await store.read(account))?.row;
  } catch (error) {
    if (error instanceof StoreError) return 'unreadable';
    throw error;
  }
}
