/** What must be so in every schedule. Each invariant has a name, by which a violation is known. */
import { createHash } from 'node:crypto';
import type { TokenRow } from '../../src/store/token-store.ts';

export type InvariantName =
  | 'a refresh token that may be spent is never sent again'
  | 'nobody sends without lease and intent'
  | 'nothing is sent past the deadline'
  | 'a lease that lives keeps others away'
  | 'no lease is longer than 90 s'
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
  | 'nobody waits for ever'
  | 'no row is taken for one of the past'
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
export const LEASE_MS = 90_000;
export const GRACE_MS = 5_000;
const DEADLINE_MS = 60_000;
const BROKEN_CLOCK_MS = 150_000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Whether another worker's lease has to be respected at this time. */
export function mustRespect(lease: TokenRow['lease'], nowMs: number): boolean {
  if (!lease) return false;
  return nowMs < lease.expiresAtMs + GRACE_MS && lease.expiresAtMs - nowMs <= BROKEN_CLOCK_MS;
}

/** Of the row before and after each write that happens. `nowMs` is the writer's clock when it decided to write. */
export function checkWrite(before: TokenRow | undefined, after: TokenRow, nowMs: number): void {
  const [was, is] = [before?.generation ?? 0, after.generation];
  require(is === was || is === was + 1, 'generations only grow, by one', `${was} became ${is}`);
  const [old, now] = [accessTokenOf(before), accessTokenOf(after)];
  if (is === was) require(old === now, 'no failure overwrites a success', `${old} became ${now}`);
  if (is > was) require(now !== undefined && old !== now, 'generations only grow, by one', 'without a new token');
  if (isClaim(before, after)) checkClaim(before, after, nowMs);
  else if (after.lease !== undefined) {
    // It leaves the lease where it is, so that it is not the holder's: the timer's mark is such a write.
    require(!mustRespect(
      before?.lease,
      nowMs,
    ), 'a lease that lives keeps others away', `a write beside it at ${nowMs}`);
  }
}

export function isClaim(before: TokenRow | undefined, after: TokenRow): boolean {
  return after.lease !== undefined && after.lease.id !== before?.lease?.id;
}

function checkClaim(before: TokenRow | undefined, after: TokenRow, nowMs: number): void {
  require(!mustRespect(before?.lease, nowMs), 'a lease that lives keeps others away', `at ${nowMs}`);
  const lengthMs = (after.lease?.expiresAtMs ?? 0) - nowMs;
  require(lengthMs <= LEASE_MS, 'no lease is longer than 90 s', `${lengthMs} ms`);
}

/** Of an attempt that has just been claimed: whether whoever wanted it may start one. */
export function checkMayStart(
  before: TokenRow | undefined,
  { trigger, nowMs, cooldownMs }: { trigger: string; nowMs: number; cooldownMs: number },
): void {
  const { retryAfterUntilMs = 0, nextAttemptAtMs = 0, refreshedAtMs = -Infinity } = before ?? {};
  require(nowMs >= retryAfterUntilMs, 'everybody obeys Retry-After', `${retryAfterUntilMs - nowMs} ms too soon`);
  if (trigger === 'timer') return;
  const waitMs = Math.max(nextAttemptAtMs, Math.min(refreshedAtMs, nowMs) + cooldownMs) - nowMs;
  require(waitMs <= 0, 'callers obey back-off and cool-down', `${waitMs} ms too soon`);
}

export type SendCheck = {
  readonly nowMs: number;
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
export function checkSend({ nowMs, claim, refreshToken, fingerprint }: SendCheck): void {
  require(claim !== undefined, 'nobody sends without lease and intent', 'no claim was written');
  if (refreshToken !== undefined) {
    const named = claim.after.spentRefreshToken === sha256(refreshToken);
    require(named, 'nobody sends without lease and intent', 'the claim does not name the token');
  }
  const lateMs = nowMs - claim.atMs - DEADLINE_MS;
  require(lateMs < 0, 'nothing is sent past the deadline', `${lateMs} ms late`);
  const breaker = claim.before?.loginBreaker;
  if (refreshToken !== undefined || breaker?.fingerprint !== fingerprint) return;
  const mayTry = claim.trigger === 'timer' && nowMs >= breaker.nextLoginAtMs;
  require(mayTry, 'refused credentials are not tried again too soon', `${breaker.nextLoginAtMs - nowMs} ms too soon`);
}

export function accessTokenOf(row: TokenRow | undefined): string | undefined {
  return row?.tokens.state === 'held' ? row.tokens.set.accessToken : undefined;
}
