/** What a reply means for the attempt that got it. Pure: no I/O, no clock. */
import type { Reply } from '../quartile/reply.ts';
import type { TokenSet } from '../quartile/token-set.ts';

/** `refreshTokenSpent`: whether the refresh token that was sent may have been processed. */
type Shortfall = { readonly code: string; readonly refreshTokenSpent: boolean };

/** How an attempt ends: with a pair, or with nothing new. */
export type Outcome =
  | { readonly outcome: 'done'; readonly tokenSet: TokenSet }
  | ({ readonly outcome: 'failed' } & Shortfall);

/** After a refresh there is a third way: to go on with a login, within the same attempt. */
export type RefreshOutcome = Outcome | ({ readonly outcome: 'log-in' } & Shortfall);

/**
 * Judges the reply to a refresh.
 *
 * @param lifeLeftMs what is left of the access token. A refresh that was turned away keeps its token for the next
 *   check; with less than half of the margin left there may be no next check, so a login is tried.
 */
export function judgeRefresh(
  reply: Reply,
  { lifeLeftMs, marginMs }: { lifeLeftMs: number; marginMs: number },
): RefreshOutcome {
  switch (reply.kind) {
    case 'token-set':
      return { outcome: 'done', tokenSet: reply.tokenSet };
    case 'turned-away': {
      // Over quota (429, 403) a login would be turned away as well.
      const logIn = reply.status === 503 && lifeLeftMs < marginMs / 2;
      return { outcome: logIn ? 'log-in' : 'failed', code: reply.code, refreshTokenSpent: false };
    }
    case 'not-connected':
    case 'key-refused':
      return { outcome: 'failed', code: reply.code, refreshTokenSpent: false };
    case 'doubtful':
    case 'rejected':
      return { outcome: 'log-in', code: reply.code, refreshTokenSpent: true };
  }
}

/**
 * Judges the reply to a login.
 *
 * @param refreshTokenSpent whether the refresh token may have been spent before: a login does not change that
 */
export function judgeLogin(reply: Reply, refreshTokenSpent: boolean): Outcome {
  switch (reply.kind) {
    case 'token-set':
      return { outcome: 'done', tokenSet: reply.tokenSet };
    case 'rejected':
      return { outcome: 'failed', code: 'credentials_refused', refreshTokenSpent };
    case 'key-refused':
    case 'turned-away':
    case 'not-connected':
    case 'doubtful':
      return { outcome: 'failed', code: reply.code, refreshTokenSpent };
  }
}
