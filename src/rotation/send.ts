import type { QuartileClient } from '../quartile/client.ts';
import type { RotationKind, TokenRow } from '../store/token-store.ts';
import { resendDelayMs } from './back-off.ts';
import { accessLifeMs, loginRefusedUntilMs, type Step } from './decide.ts';
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
  request.report({ name: 'rotation.falls_back_to_login', account: request.account, code: refresh.code });
  const { refreshTokenSpent } = refresh;
  return { outcome: await logIn(parts, request, attempt, { refreshTokenSpent, deadline }), kind: 'login' };
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
    if (isOver(parts, attempt)) return { outcome: 'failed', ...missedDeadline(false) };
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
): ReturnType<typeof sendLogin> {
  const refusedUntilMs = loginRefusedUntilMs(attempt.row, occasion, parts.rules, parts.nowMs());
  if (refusedUntilMs !== undefined) {
    return { outcome: 'failed', code: 'login_refused', refreshTokenSpent, refused: false, retryAfterMs: undefined };
  }
  if (isOver(parts, attempt)) return { outcome: 'failed', ...missedDeadline(refreshTokenSpent) };
  return sendLogin(parts.quartile, refreshTokenSpent, deadline);
}

async function sendLogin(
  quartile: QuartileClient,
  refreshTokenSpent: boolean,
  deadline: AbortSignal,
): Promise<Outcome> {
  return judgeLogin(await quartile.login(deadline), refreshTokenSpent);
}

function isOver(parts: RotationParts, attempt: ClaimedAttempt): boolean {
  return elapsedMs(parts, attempt) >= ATTEMPT_DEADLINE_MS;
}

/** Since the claim. A clock that was set back must not lengthen the attempt. */
function elapsedMs({ nowMs }: RotationParts, { claimedAtMs }: ClaimedAttempt): number {
  return Math.abs(nowMs() - claimedAtMs);
}

function missedDeadline(refreshTokenSpent: boolean): Shortfall {
  return { code: 'deadline_missed', refreshTokenSpent, refused: false, retryAfterMs: undefined };
}
