/** What a reply means for the attempt that got it. Pure: no I/O, no clock. */
import type { Reply } from '../quartile/reply.ts';
import type { TokenSet } from '../quartile/token-set.ts';

/** Why nothing new was got. */
export type Shortfall = {
  readonly code: string;
  /** Whether the refresh token in the row may have been processed, now or by an attempt before. */
  readonly refreshTokenSpent: boolean;
  /** Quartile refused our credentials: the login breaker opens. */
  readonly refused: boolean;
  readonly retryAfterMs: number | undefined;
  /** A 4xx to a login that may or may not be Quartile's: the back-off grows up to 5 min. */
  readonly longBackOff: boolean;
};

/** How an attempt ends: with a pair, or with nothing new. */
export type Outcome =
  | { readonly outcome: 'done'; readonly tokenSet: TokenSet }
  | ({ readonly outcome: 'failed' } & Shortfall);

/** After a refresh there are two more ways to go on within the same attempt. */
export type RefreshOutcome =
  | Outcome
  /** The refresh token is dead, or may be spent: log in. */
  | ({ readonly outcome: 'log-in' } & Shortfall)
  /** It was not processed: send it again. Where there is no time for that: log in or end, see `judgeTurnedAway`. */
  | ({ readonly outcome: 'resend'; readonly mayLogIn: boolean } & Shortfall);

/** Judges the reply to a refresh. */
export function judgeRefresh(reply: Reply): RefreshOutcome {
  switch (reply.kind) {
    case 'token-set':
      return { outcome: 'done', tokenSet: reply.tokenSet };
    case 'turned-away':
      // Over quota (429, 403) a login would be turned away as well.
      return { outcome: 'resend', mayLogIn: reply.status === 503, ...shortfall(reply, false) };
    case 'not-connected':
      return { outcome: 'resend', mayLogIn: false, ...shortfall(reply, false) };
    case 'key-refused':
      return { outcome: 'failed', ...shortfall(reply, false), refused: true };
    case 'doubtful':
    case 'rejected':
      return { outcome: 'log-in', ...shortfall(reply, true) };
  }
}

/**
 * Judges a refresh that was not processed, when there is no time left to send it again: it keeps its token for the next
 * check. With less than half of the margin left there may be no next check, so a login is tried where that may help.
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
 * @param spentBefore whether the refresh token may have been spent before. It is fit to be sent again only if *every*
 *   send of the attempt, this one too, was not processed.
 */
export function judgeLogin(reply: Reply, spentBefore: boolean): Outcome {
  switch (reply.kind) {
    case 'token-set':
      return { outcome: 'done', tokenSet: reply.tokenSet };
    case 'rejected':
      return { outcome: 'failed', ...shortfall(reply, true), code: CREDENTIALS_REFUSED, refused: true };
    case 'doubtful':
      return { outcome: 'failed', ...shortfall(reply, true) };
    case 'key-refused':
      return { outcome: 'failed', ...shortfall(reply, spentBefore), refused: true };
    case 'turned-away':
    case 'not-connected':
      return { outcome: 'failed', ...shortfall(reply, spentBefore) };
  }
}

/** The code of a login that Quartile itself refused, told apart from a subscription key that its gateway refused. */
export const CREDENTIALS_REFUSED = 'credentials_refused';

function shortfall(reply: Exclude<Reply, { kind: 'token-set' }>, refreshTokenSpent: boolean): Shortfall {
  const retryAfterMs = reply.kind === 'turned-away' ? reply.retryAfterMs : undefined;
  return { code: reply.code, refreshTokenSpent, refused: false, retryAfterMs, longBackOff: false };
}
