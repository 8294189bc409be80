export type AuthorizationRoute = 'login' | 'refresh';

/** Why a request was refused by the simulator's own rules (not by a fault). */
export type Refusal =
  | 'subscriptionKey'
  | 'credentials'
  | 'spentRefreshToken'
  | 'expiredRefreshToken'
  | 'unknownRefreshToken'
  | 'malformed';

/** `requests` counts all that arrived; `logins` and `refreshes` those that issued a pair, whether it got through or not. */
export interface Statistics {
  logins: number;
  refreshes: number;
  readonly requests: Record<AuthorizationRoute, number>;
  readonly refused: Record<Refusal, number>;
  /** How many times a fault rule was used. */
  faults: number;
}

export function createStatistics(): Statistics {
  return {
    logins: 0,
    refreshes: 0,
    requests: { login: 0, refresh: 0 },
    refused: {
      subscriptionKey: 0,
      credentials: 0,
      spentRefreshToken: 0,
      expiredRefreshToken: 0,
      unknownRefreshToken: 0,
      malformed: 0,
    },
    faults: 0,
  };
}
