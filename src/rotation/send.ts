import type { RotationKind, TokenRow } from '../store/token-store.ts';
import { resendDelayMs } from './back-off.ts';
import { accessLifeMs, LOGIN_REFUSED, loginRefusedUntilMs, type Step } from './decide.ts';
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
  /** When the claim was made: the deadline counts from then. */
  readonly claimedAtMs: number;
};

export type Sent = { readonly outcome: Outcome; readonly kind: RotationKind };

/**
 * Sends what the step says: a refresh, again while it is turned away, and where it leads to a login, the login. One
 * deadline covers all of it, checked before each send and enforced by a signal.
 */
export async function send(parts: RotationParts, request: RotationRequest, attempt: ClaimedAttempt): Promise<Sent> {
  const deadline = parts.abortAfter(Math.max(0, ATTEMPT_DEADLINE_MS - elapsedMs(parts, attempt)));
  if (attempt.step.step === 'login') {
    const kept = { refreshTokenSpent: true }; // as far as the row says: a login does not change that
    return { outcome: await logIn(parts, request, attempt, { ...kept, deadline }), kind: 'login' };
  }
  const refresh = await refreshPatiently(parts, attempt, attempt.step.refreshToken, deadline);
  if (refresh.outcome !== 'log-in') return { outcome: refresh, kind: 'refresh' };
  request.logEvent({ name: 'rotation.falls_back_to_login', account: request.account, code: refresh.code });
  const { refreshTokenSpent } = refresh;
  const login = await logIn(parts, request, attempt, { refreshTokenSpent, deadline });
  if (login.outcome === 'done') return { outcome: login, kind: 'login' };
  const retryAfterMs = longest(refresh.retryAfterMs, login.retryAfterMs); // of both the next attempt is to know
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
  deadline: AbortSignal,
): Promise<Exclude<RefreshOutcome, { outcome: 'resend' }>> {
  const { quartile, nowMs, random, rules } = parts;
  for (let resends = 0; ; resends += 1) {
    if (isOver(parts, attempt, deadline)) return { outcome: 'failed', ...missedDeadline(false) };
    const outcome = judgeRefresh(await quartile.refresh(refreshToken, deadline));
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
  { refreshTokenSpent, deadline }: { refreshTokenSpent: boolean; deadline: AbortSignal },
): Promise<Outcome> {
  const refusedUntilMs = loginRefusedUntilMs(attempt.row, occasion, parts.rules, parts.nowMs());
  if (refusedUntilMs !== undefined) {
    return { outcome: 'failed', code: LOGIN_REFUSED, refreshTokenSpent, refused: false, retryAfterMs: undefined };
  }
  if (isOver(parts, attempt, deadline)) return { outcome: 'failed', ...missedDeadline(refreshTokenSpent) };
  return judgeLogin(await parts.quartile.login(deadline), refreshTokenSpent);
}

function isOver(parts: RotationParts, attempt: ClaimedAttempt, deadline: AbortSignal): boolean {
  return deadline.aborted || elapsedMs(parts, attempt) >= ATTEMPT_DEADLINE_MS;
}

/** Since the claim, by a clock that may have been set back meanwhile: far back counts as over. */
function elapsedMs({ nowMs }: RotationParts, { claimedAtMs }: ClaimedAttempt): number {
  return Math.abs(nowMs() - claimedAtMs);
}

function missedDeadline(refreshTokenSpent: boolean): Shortfall {
  return { code: 'deadline_missed', refreshTokenSpent, refused: false, retryAfterMs: undefined };
}
