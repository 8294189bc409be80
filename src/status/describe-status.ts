/** Describes what is known of an account. Pure: no I/O, no clock. */
import { isPairMissing, judgeHealth } from '../hand-out/health.ts';
import type { Known } from '../hand-out/row-memory.ts';
import { toIso } from '../iso-time.ts';
import type { Fingerprints } from '../quartile/fingerprint.ts';
import {
  accessLifeMs,
  hashRefreshToken,
  lastCheckMs,
  leaseHolds,
  liesAhead,
  refreshLifeMs,
} from '../rotation/decide.ts';
import {
  DEAD_BELOW_MS,
  LONGEST_REFUSAL_WAIT_MS,
  LONGEST_RETRY_AFTER_MS,
  TIMER_EXTRA_MARGIN_MS,
} from '../rotation/limits.ts';
import { nextRunMs } from '../settings/schedule.ts';
import type { Settings } from '../settings/settings.ts';
import { sealedUnder } from '../store/sealed-column.ts';
import type { TokenRow } from '../store/token-store.ts';
import type { Facts, Status } from './status.ts';
import { describeReasons, describeState } from './words.ts';

export type Circumstances = {
  readonly account: string;
  readonly settings: Pick<Settings, 'marginMs' | 'schedule' | 'encryptionKeys' | 'callers'>;
  /** Identify the credentials in use. */
  readonly fingerprints: Fingerprints;
  readonly savePending: boolean;
  readonly nowMs: number;
};

/** The status of an account: the facts, and what they mean in words. */
export function describeStatus(known: Known, circumstances: Circumstances): Status {
  const { settings, ...others } = circumstances;
  const health = judgeHealth(known, { schedule: settings.schedule, ...others });
  const facts = describeFacts(known, circumstances);
  return {
    ...facts,
    state_text: describeState(facts),
    health: { status: health.status, reasons: describeReasons(health.reasons, facts) },
  };
}

function describeFacts(known: Known, circumstances: Circumstances): Facts {
  const { stored, storeAnswers, readAtMs, lastHeld } = known;
  const { account, settings, nowMs } = circumstances;
  const row = stored?.row;
  const pairRow = lastHeld ?? row;
  return {
    account,
    at: toIso(nowMs),
    read_at: maybeIso(readAtMs),
    state: judgeState(known, circumstances),
    store_answers: storeAnswers,
    access_token: pairRow && describeAccess(pairRow, settings.marginMs, nowMs),
    refresh_token: row && describeRefresh(row, nowMs), // not of a remembered pair: if the table has none, a login follows
    rotation: pairRow && describeRotation(pairRow),
    lease: row && describeLease(row, nowMs),
    failure:
      row && row.consecutiveFailures > 0 ? { count: row.consecutiveFailures, code: row.lastFailureCode } : undefined,
    unreadable: row && describeUnreadable(row),
    checks: describeChecks(row, circumstances),
    waits: describeWaits(row, circumstances),
    history: ((row ?? lastHeld)?.history ?? []).toReversed().map(({ atMs, ...past }) => ({ at: toIso(atMs), ...past })),
    keys: {
      encryption: settings.encryptionKeys.map(({ id }) => id),
      callers: settings.callers.auth === 'jwt' ? settings.callers.jwtKeys.map(({ id }) => id) : undefined,
    },
  };
}

/** A running rotation comes before what made it necessary, and a cause before its consequence. */
function judgeState({ stored, storeAnswers, lastHeld }: Known, { settings, fingerprints, nowMs }: Circumstances) {
  if (!storeAnswers) return 'store_unreachable';
  const noPair = isPairMissing({ stored, lastHeld }) ? 'pair_missing' : 'empty';
  if (!stored) return noPair;
  const { row } = stored;
  if (leaseHolds(row, { nowMs })) return 'rotating';
  if (openBreaker(row, fingerprints)) return 'credentials_refused';
  if (row.consecutiveFailures > 0) return 'failing';
  if (row.tokens.state === 'unreadable') return 'tokens_unreadable';
  if (row.tokens.state === 'none') return noPair;
  const lifeMs = accessLifeMs(row, nowMs);
  if (lifeMs < DEAD_BELOW_MS) return 'expired';
  return lifeMs <= settings.marginMs ? 'due' : 'fresh';
}

function describeAccess(row: TokenRow, marginMs: number, nowMs: number): Facts['access_token'] {
  if (row.tokens.state !== 'held') return undefined;
  const { accessExpiresAtMs } = row.tokens.set;
  const lifeMs = accessLifeMs(row, nowMs);
  return {
    live: lifeMs >= DEAD_BELOW_MS,
    expires_in: Math.floor(lifeMs / 1000),
    expires_at: toIso(accessExpiresAtMs),
    due_at: toIso(accessExpiresAtMs - marginMs),
  };
}

function describeRefresh(row: TokenRow, nowMs: number): Facts['refresh_token'] {
  if (row.tokens.state !== 'held') return undefined;
  const { refreshToken, refreshExpiresAtMs } = row.tokens.set;
  const lifeMs = refreshLifeMs(row, nowMs);
  return {
    live: lifeMs > 0,
    expires_in: Math.floor(lifeMs / 1000),
    expires_at: toIso(refreshExpiresAtMs),
    maybe_spent: hashRefreshToken(refreshToken) === row.spentRefreshToken,
  };
}

function describeRotation({ tokens, generation, source, refreshedAtMs, trigger }: TokenRow): Facts['rotation'] {
  return tokens.state === 'none' ? undefined : { generation, source, refreshed_at: maybeIso(refreshedAtMs), trigger };
}

/** A claim by the timer is also its mark. */
function describeLease(row: TokenRow, nowMs: number): Facts['lease'] {
  const { lease, attempt, lastCheckAtMs } = row;
  if (!lease) return undefined;
  return {
    holds: leaseHolds(row, { nowMs }),
    ends_at: toIso(lease.expiresAtMs),
    by: attempt !== undefined && attempt.startedAtMs === lastCheckAtMs ? 'timer' : 'caller',
    kind: attempt?.kind,
    started_at: maybeIso(attempt?.startedAtMs),
  };
}

function describeUnreadable({ tokens }: TokenRow): Facts['unreadable'] {
  if (tokens.state !== 'unreadable') return undefined;
  const keyId = tokens.reason === 'unknown_key' ? sealedUnder(tokens.sealed.tokens ?? '') : undefined;
  const isKeyId = keyId !== undefined && /^[\w-]{1,64}$/.test(keyId); // the column may contain anything
  return { reason: tokens.reason, missing_key: isKeyId ? keyId : undefined };
}

function describeChecks(row: TokenRow | undefined, { settings, nowMs }: Circumstances): Facts['checks'] {
  const { schedule, marginMs } = settings;
  const expiresAtMs = row?.tokens.state === 'held' ? row.tokens.set.accessExpiresAtMs : undefined;
  const dueAtMs = expiresAtMs === undefined ? undefined : expiresAtMs - marginMs - TIMER_EXTRA_MARGIN_MS;
  const markMs = row?.lastCheckAtMs; // not believed if it lies ahead
  return {
    schedule,
    margin_seconds: marginMs / 1000,
    next_at: maybeIso(nextRunMs(schedule, nowMs)),
    renewal_at: dueAtMs === undefined ? undefined : maybeIso(nextRunMs(schedule, Math.max(dueAtMs - 1, nowMs))),
    last_at: row && lastCheckMs(row, nowMs) === markMs ? maybeIso(markMs) : undefined,
  };
}

/** Leaves out times that are over, or further ahead than any wait: no attempt waits for them. */
function describeWaits(row: TokenRow | undefined, { fingerprints, nowMs }: Circumstances): Facts['waits'] {
  const ifAhead = (timeMs: number | undefined, longestMs: number) =>
    liesAhead(timeMs, nowMs, longestMs) ? toIso(timeMs) : undefined;
  const breaker = row && openBreaker(row, fingerprints);
  return {
    callers_until: ifAhead(row?.nextAttemptAtMs, LONGEST_RETRY_AFTER_MS),
    everybody_until: ifAhead(row?.retryAfterUntilMs, LONGEST_RETRY_AFTER_MS),
    login: breaker && {
      refusals: breaker.refusals,
      code: breaker.code,
      until: ifAhead(breaker.nextLoginAtMs, LONGEST_REFUSAL_WAIT_MS),
    },
  };
}

/** The login breaker, unless other credentials were refused. */
function openBreaker({ loginBreaker }: TokenRow, fingerprints: Fingerprints): TokenRow['loginBreaker'] {
  return loginBreaker && fingerprints.includes(loginBreaker.fingerprint) ? loginBreaker : undefined;
}

function maybeIso(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toIso(ms);
}
