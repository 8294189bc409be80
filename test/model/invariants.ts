/** What must be so in every schedule. Each invariant has a name, by which a violation is known. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { TokenRow } from '../../src/store/token-store.ts';

export type InvariantName =
  | 'a refresh token that may be spent is never sent again'
  | 'nobody sends without lease and intent'
  | 'nothing is sent past the deadline'
  | 'a lease that lives keeps others away'
  | 'no lease is longer than 15 s, nor ends later than 75 s after its claim'
  | 'nothing is sent after the lease has ended'
  | 'a heartbeat changes only the lease of its own worker'
  | 'generations only grow, by one'
  | 'no failure overwrites a success'
  | 'a generation names one token'
  | 'only what was saved is handed out'
  | 'no dead token is handed out'
  | 'min_ttl is kept'
  | 'a live token is never withheld'
  | 'a reported token is never the answer'
  | 'callers obey back-off and cool-down'
  | 'everybody obeys Retry-After'
  | 'refused credentials are not tried again too soon'
  | 'a received pair is saved, or a newer one is'
  | 'a lost answer does not cost a lease'
  | 'once faults end, one lease and one tick later all is well'
  | 'a caller that waits from the moment of a crash is served'
  | 'nobody waits for ever'
  | 'nothing crashes';

export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation';
  readonly invariant: InvariantName;

  constructor(invariant: InvariantName, detail: string) {
    super(`${invariant}: ${detail}`);
    this.invariant = invariant;
  }
}

export function require(holds: boolean, invariant: InvariantName, detail: string): asserts holds {
  if (!holds) throw new InvariantViolation(invariant, detail);
}

/** The rules' own numbers and terms: taken from the design, not from the code that is tested. */
export const LEASE_MS = 15_000;
export const GRACE_MS = 5_000;
const DEADLINE_MS = 60_000;
const BROKEN_CLOCK_MS = 60_000;
const LAST_END_MS = 75_000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * Whether another worker's lease must be respected.
 *
 * @param seenForMs how long the worker has itself seen the lease unchanged
 */
export function mustRespect(lease: TokenRow['lease'], nowMs: number, seenForMs: number): boolean {
  if (!lease || seenForMs >= LEASE_MS) return false;
  return nowMs < lease.expiresAtMs + GRACE_MS && lease.expiresAtMs - nowMs <= BROKEN_CLOCK_MS;
}

export type Writer = {
  /** Its clock when it decided to write. */
  readonly nowMs: number;
  /** How long it has seen the lease in the row unchanged. */
  readonly seenForMs: number;
  /** The leases that it has claimed. */
  readonly leases: ReadonlySet<string>;
};

/** Checks the row before and after each write that happens. */
export function checkWrite(before: TokenRow | undefined, after: TokenRow, writer: Writer): void {
  const [was, is] = [before?.generation ?? 0, after.generation];
  require(is === was || is === was + 1, 'generations only grow, by one', `${was} became ${is}`);
  const [old, now] = [accessTokenOf(before), accessTokenOf(after)];
  if (is === was) require(old === now, 'no failure overwrites a success', `${old} became ${now}`);
  if (is > was) require(now !== undefined && old !== now, 'generations only grow, by one', 'without a new token');
  if (isClaim(before, after)) checkClaim(before, after, writer);
  else if (isHeartbeat(before, after, writer)) checkHeartbeat(before, after, writer);
  else if (after.lease !== undefined) {
    // It leaves the lease as it is, so it is not the holder's: the timer's mark is such a write.
    const free = !mustRespect(before?.lease, writer.nowMs, writer.seenForMs);
    require(free, 'a lease that lives keeps others away', `a write beside it at ${writer.nowMs}`);
  }
}

export function isClaim(before: TokenRow | undefined, after: TokenRow): boolean {
  return after.lease !== undefined && after.lease.id !== before?.lease?.id;
}

function isHeartbeat(before: TokenRow | undefined, { lease }: TokenRow, { leases }: Writer): boolean {
  return lease !== undefined && (lease.expiresAtMs !== before?.lease?.expiresAtMs || leases.has(lease.id));
}

function checkClaim(before: TokenRow | undefined, after: TokenRow, { nowMs, seenForMs }: Writer): void {
  const free = !mustRespect(before?.lease, nowMs, seenForMs);
  require(free, 'a lease that lives keeps others away', `at ${nowMs}`);
  checkLength(after, nowMs);
}

function checkHeartbeat(before: TokenRow | undefined, after: TokenRow, { nowMs, leases }: Writer): void {
  const { lease, updatedAtMs, writeId } = after;
  const isOwn = lease !== undefined && leases.has(lease.id);
  const isAlone = isDeepStrictEqual({ ...before, lease, updatedAtMs, writeId }, after);
  require(isOwn && isAlone, 'a heartbeat changes only the lease of its own worker', lease?.id ?? 'no lease');
  checkLength(after, nowMs);
}

function checkLength({ lease, attempt }: TokenRow, nowMs: number): void {
  const endsAtMs = lease?.expiresAtMs ?? 0;
  const holds = endsAtMs - nowMs <= LEASE_MS && endsAtMs - (attempt?.startedAtMs ?? 0) <= LAST_END_MS;
  require(holds, 'no lease is longer than 15 s, nor ends later than 75 s after its claim', `${endsAtMs - nowMs} ms`);
}

/** Checks whether the trigger of an attempt that was just claimed may start one. */
export function checkMayStart(
  before: TokenRow | undefined,
  { trigger, nowMs, cooldownMs }: { trigger: 'timer' | 'caller' | 'report'; nowMs: number; cooldownMs: number },
): void {
  const { retryAfterUntilMs = 0, nextAttemptAtMs = 0, refreshedAtMs = Infinity } = before ?? {};
  require(nowMs >= retryAfterUntilMs, 'everybody obeys Retry-After', `${retryAfterUntilMs - nowMs} ms too soon`);
  if (trigger === 'timer') return;
  const cools = refreshedAtMs <= nowMs && (trigger === 'caller' || before?.trigger === 'report');
  const waitMs = Math.max(nextAttemptAtMs, cools ? refreshedAtMs + cooldownMs : 0) - nowMs;
  require(waitMs <= 0, 'callers obey back-off and cool-down', `${waitMs} ms too soon`);
}

export type SendCheck = {
  readonly nowMs: number;
  /** When the worker began the last write that set its lease, by its monotonic clock; and that clock now. */
  readonly leaseSetAtMs: number;
  readonly steadyMs: number;
  /** The worker's own last claim that was written, and the row it replaced. */
  readonly claim:
    | {
        readonly before: TokenRow | undefined;
        readonly after: TokenRow;
        readonly atMs: number;
        readonly trigger: string;
      }
    | undefined;
  readonly refreshToken: string | undefined;
  readonly fingerprint: string;
};

/** Of each request when a worker decides to send it. */
export function checkSend({ nowMs, leaseSetAtMs, steadyMs, claim, refreshToken, fingerprint }: SendCheck): void {
  require(claim !== undefined, 'nobody sends without lease and intent', 'no claim was written');
  if (refreshToken !== undefined) {
    const named = claim.after.spentRefreshToken === sha256(refreshToken);
    require(named, 'nobody sends without lease and intent', 'the claim does not name the token');
  }
  const lateMs = nowMs - claim.atMs - DEADLINE_MS;
  require(lateMs < 0, 'nothing is sent past the deadline', `${lateMs} ms late`);
  const leftMs = leaseSetAtMs + LEASE_MS - steadyMs;
  require(leftMs > 0, 'nothing is sent after the lease has ended', `${-leftMs} ms after it`);
  const breaker = claim.before?.loginBreaker;
  if (refreshToken !== undefined || breaker?.fingerprint !== fingerprint) return;
  const mayTry = claim.trigger === 'timer' && nowMs >= breaker.nextLoginAtMs;
  require(mayTry, 'refused credentials are not tried again too soon', `${breaker.nextLoginAtMs - nowMs} ms too soon`);
}

export function accessTokenOf(row: TokenRow | undefined): string | undefined {
  return row?.tokens.state === 'held' ? row.tokens.set.accessToken : undefined;
}
