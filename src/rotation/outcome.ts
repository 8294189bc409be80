/** What a reply means for the attempt that received it. Pure: no I/O, no clock. */
import type { Reply, ReplyCode } from '../quartile/reply.ts';
import type { ReceivedTokenSet } from '../quartile/token-set.ts';

/** The code of a login that Quartile itself refused, as opposed to a subscription key that its gateway refused. */
export const CREDENTIALS_REFUSED = 'credentials_refused';

/** Why an attempt brought no pair; logged, and stored in the row. */
export type FailureCode =
  | ReplyCode
  | typeof CREDENTIALS_REFUSED
  /** A login was needed, and the login breaker is open. */
  | 'login_refused'
  | 'deadline_missed'
  | 'lease_lost';

/** Why an attempt brought no pair, and what follows from it. */
export type Shortfall = {
  readonly code: FailureCode;
  /** Whether the refresh token in the row may have been processed, now or in an earlier attempt. */
  readonly refreshTokenSpent: boolean;
  /** Quartile refused our credentials: the login breaker opens. */
  readonly refused: boolean;
  /** A 4xx to a login that may or may not be Quartile's: the back-off grows up to 5 min. */
  readonly longBackOff: boolean;
  readonly retryAfterMs: number | undefined;
};

/** How an attempt ends: with a pair, or without. */
export type Outcome = ({ readonly outcome: 'done' } & ReceivedTokenSet) | ({ readonly outcome: 'failed' } & Shortfall);

/** After a refresh, an attempt can also go on. */
export type RefreshOutcome =
  | Outcome
  /** The refresh token is dead, or may be spent: log in. */
  | ({ readonly outcome: 'log-in' } & Shortfall)
  /** It was not processed: send it again. If there is no time for that, `judgeTurnedAway` decides. */
  | ({ readonly outcome: 'resend'; readonly mayLogIn: boolean } & Shortfall);

/** Judges the reply to a refresh. */
export function judgeRefresh(reply: Reply): RefreshOutcome {
  switch (reply.kind) {
    case 'token-set':
      return { outcome: 'done', tokenSet: reply.tokenSet, notes: reply.notes };
    case 'not-processed':
      return { outcome: 'resend', mayLogIn: reply.mayLogIn, ...shortfall(reply, false) };
    case 'key-refused':
      return { outcome: 'failed', ...shortfall(reply, false), refused: true };
    case 'doubtful':
    case 'intermediary':
    case 'rejected':
      return { outcome: 'log-in', ...shortfall(reply, true) };
  }
}

/**
 * Judges a refresh that was not processed when there is no time left to send it again. The refresh token is kept for the
 * next check. With less than half the margin left there may be no next check, so a login is tried if it may succeed.
 */
export function judgeTurnedAway(
  { mayLogIn, ...outcome }: Extract<RefreshOutcome, { outcome: 'resend' }>,
  { lifeLeftMs, marginMs }: { lifeLeftMs: number; marginMs: number },
): Extract<RefreshOutcome, { outcome: 'failed' | 'log-in' }> {
  return { ...outcome, outcome: mayLogIn && lifeLeftMs < marginMs / 2 ? 'log-in' : 'failed' };
}

/**
 * Judges the reply to a login.
 *
 * @param refreshTokenSpent whether the refresh token may be spent. A login does not change that: only the replies to
 *   refreshes decide
 */
export function judgeLogin(reply: Reply, refreshTokenSpent: boolean): Outcome {
  switch (reply.kind) {
    case 'token-set':
      return { outcome: 'done', tokenSet: reply.tokenSet, notes: reply.notes };
    case 'rejected':
      return { outcome: 'failed', ...shortfall(reply, refreshTokenSpent), code: CREDENTIALS_REFUSED, refused: true };
    case 'key-refused':
      return { outcome: 'failed', ...shortfall(reply, refreshTokenSpent), refused: true };
    case 'intermediary':
      return { outcome: 'failed', ...shortfall(reply, refreshTokenSpent), longBackOff: true };
    case 'not-processed':
    case 'doubtful':
      return { outcome: 'failed', ...shortfall(reply, refreshTokenSpent) };
  }
}

function shortfall(reply: Exclude<Reply, { kind: 'token-set' }>, refreshTokenSpent: boolean): Shortfall {
  const retryAfterMs = reply.kind === 'not-processed' ? reply.retryAfterMs : undefined;
  return { code: reply.code, refreshTokenSpent, refused: false, longBackOff: false, retryAfterMs };
}
