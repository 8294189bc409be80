import type { RotationKind, TokenRow } from '../store/token-store.ts';
import { resendDelayMs } from './back-off.ts';
import { accessLifeMs, loginRefusedUntilMs, type Step } from './decide.ts';
import type { HeldLease } from './lease.ts';
import { ATTEMPT_DEADLINE_MS } from './limits.ts';
import {
  judgeLogin,
  judgeRefresh,
  judgeTurnedAway,
  type Outcome,
  type RefreshOutcome,
  type Shortfall,
} from './outcome.ts';
import type { RotationParts, RotationRequest } from './rotate.ts';

export type ClaimedAttempt = {
  readonly step: Extract<Step, { step: RotationKind }>;
  /** The row that the claim replaced. */
  readonly row: TokenRow;
  /** When the claim began, by the monotonic clock: the deadline counts from then. */
  readonly claimedAtMs: number;
  readonly lease: HeldLease;
};

export type Sent = { readonly outcome: Outcome; readonly kind: RotationKind };

/**
 * Sends what the step says: a refresh, again while it is not processed, then a login if the refresh leads to one. Lease
 * and deadline are checked before each send; a signal enforces the deadline.
 */
export async function send(parts: RotationParts, request: RotationRequest, attempt: ClaimedAttempt): Promise<Sent> {
  if (attempt.step.step === 'login') {
    const refreshTokenSpent = true; // a login leaves the row's verdict on the refresh token as it was
    return { outcome: await logIn(parts, request, attempt, refreshTokenSpent), kind: 'login' };
  }
  const refresh = await refreshPatiently(parts, attempt, attempt.step.refreshToken);
  if (refresh.outcome !== 'log-in') return { outcome: refresh, kind: 'refresh' };
  request.logEvent({ name: 'rotation.falls_back_to_login', account: request.account, code: refresh.code });
  const login = await logIn(parts, request, attempt, refresh.refreshTokenSpent);
  if (login.outcome === 'done') return { outcome: login, kind: 'login' };
  const retryAfterMs = longest(refresh.retryAfterMs, login.retryAfterMs); // the next attempt obeys both
  return { outcome: { ...login, retryAfterMs }, kind: 'login' };
}

function longest(...waitsMs: (number | undefined)[]): number | undefined {
  const known = waitsMs.filter((waitMs) => waitMs !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Sends the refresh, and again while it was not processed and a whole request fits before the deadline. */
async function refreshPatiently(
  parts: RotationParts,
  attempt: ClaimedAttempt,
  refreshToken: string,
): Promise<Exclude<RefreshOutcome, { outcome: 'resend' }>> {
  const { quartile, nowMs, random, rules } = parts;
  for (let resends = 0; ; resends += 1) {
    const check = await attempt.lease.checkSend();
    if (check !== 'ok') return notSent(check, false);
    const outcome = judgeRefresh(await quartile.refresh(refreshToken, attempt.lease.deadline));
    if (outcome.outcome !== 'resend') return outcome;
    const delayMs = resendDelayMs(resends, outcome.retryAfterMs, random());
    if (elapsedMs(parts, attempt) + delayMs + parts.requestTimeoutMs > ATTEMPT_DEADLINE_MS) {
      return judgeTurnedAway(outcome, { lifeLeftMs: accessLifeMs(attempt.row, nowMs()), marginMs: rules.marginMs });
    }
    await parts.sleep(delayMs);
  }
}

async function logIn(
  parts: RotationParts,
  { occasion }: RotationRequest,
  attempt: ClaimedAttempt,
  refreshTokenSpent: boolean,
): Promise<Outcome> {
  const refusedUntilMs = loginRefusedUntilMs(attempt.row, occasion, parts.rules, parts.nowMs());
  if (refusedUntilMs !== undefined) return notSent('login_refused', refreshTokenSpent);
  const check = await attempt.lease.checkSend();
  if (check !== 'ok') return notSent(check, refreshTokenSpent);
  return judgeLogin(await parts.quartile.login(attempt.lease.deadline), refreshTokenSpent);
}

function elapsedMs({ steadyMs }: RotationParts, { claimedAtMs }: ClaimedAttempt): number {
  return steadyMs() - claimedAtMs;
}

/** How an attempt ends without the request that was next. */
function notSent(
  code: 'deadline_missed' | 'lease_lost' | 'login_refused',
  refreshTokenSpent: boolean,
): { readonly outcome: 'failed' } & Shortfall {
  return { outcome: 'failed', code, refreshTokenSpent, refused: false, retryAfterMs: undefined, longBackOff: false };
}
