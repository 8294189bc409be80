/** States and reasons in plain English, and what to do about them. Code is between backticks. Pure. */
import type { HealthReason } from '../hand-out/health.ts';
import type { Facts, Status } from './status.ts';
import { sayMoment, saySpan } from './times.ts';

const STATE_TEXTS: Readonly<Record<Exclude<Status['state'], 'store_unreachable' | 'credentials_refused'>, string>> = {
  rotating: 'A worker is renewing the pair.',
  failing: 'The last attempt to renew the pair failed. The service tries again.',
  tokens_unreadable: 'The tokens in the table cannot be decrypted. The next login replaces them.',
  pair_missing: 'The row was deleted. The last known token is served while it is valid; the next rotation logs in.',
  empty: 'The table holds no pair. The next check or caller logs in.',
  expired: 'The access token has expired. The next check or caller renews it.',
  due: 'The margin has begun: the next check renews the pair.',
  fresh: 'The pair is fresh. It is renewed when the margin begins.',
};

/** The state, and what it means for callers. */
export function describeState(facts: Facts): string {
  const { state, read_at: readAt, at } = facts;
  if (state === 'credentials_refused') return `Quartile refuses our credentials. ${describeRefusedService(facts)}`;
  if (state !== 'store_unreachable') return STATE_TEXTS[state];
  return readAt === undefined
    ? 'The table cannot be read, and this instance has not read it before: nothing is known.'
    : `The table cannot be read. This page shows what was read on ${sayMoment(readAt, at)}.`;
}

function describeRefusedService({ access_token: access, refresh_token: refresh }: Facts): string {
  const canRefresh = refresh?.live === true && !refresh.maybe_spent;
  if (canRefresh)
    return access?.live ? 'The token is served, and refreshes continue.' : 'No token is valid; refreshes continue.';
  return access?.live
    ? 'The token is served while it is valid; after that there is none.'
    : 'There is no token until a login succeeds.';
}

type Words = {
  readonly text: string;
  readonly action: string;
  /** Other reasons that may be the cause. If one of them applies, its action is the one to take. */
  readonly causes?: readonly HealthReason[];
};

export const REASONS: Readonly<Record<HealthReason, Words>> = {
  credentials_refused: {
    text: 'Quartile refused the username, the password or the subscription key. Logins wait.',
    action:
      'Correct `QUARTILE_USERNAME`, `QUARTILE_PASSWORD` or `QUARTILE_SUBSCRIPTION_KEY` and restart the app; in Azure, ' +
      'correct them in the vault and run `node infra/refresh-secrets.js`. New credentials are tried at once.',
  },
  store_unreachable: {
    text: 'The table cannot be read.',
    action:
      'Check the storage account: is it up, does its network admit this app, and does the app’s identity have the role ' +
      'Storage Table Data Contributor?',
  },
  save_pending: {
    text: 'A new pair was received and is not saved yet. This instance keeps trying.',
    action:
      'Do not restart the app: the pair would be lost. Check the storage account; `rotation.save_delayed` in the log ' +
      'has the cause.',
    causes: ['store_unreachable'],
  },
  tokens_unreadable: {
    text: 'The tokens in the table cannot be decrypted.',
    action:
      'Check that every instance has the same `TOKEN_ENCRYPTION_KEYS`, and who can write to the table; ' +
      '`tokens.unreadable` in the log has the reason.',
  },
  pair_missing: {
    text: 'The table holds no pair: its row was deleted. The last known token is served while it is valid.',
    action:
      'Nothing, if you deleted the row: the next login creates a pair. Otherwise check who can write to the table.',
  },
  timer_silent: {
    text: 'The timer has left no mark for two scheduled runs and an hour.',
    action:
      'Check that the function `refreshTokens` is enabled, that `REFRESH_SCHEDULE` is right, and that the host reaches ' +
      'its storage (`AzureWebJobsStorage`). Until then, callers renew the token.',
  },
  last_rotation_failed: {
    text: 'The last rotation failed. The tokens are unchanged.',
    action:
      'Nothing, if Quartile is down or over quota: the timer tries again at every run. If it persists, look up the code ' +
      'under “Operate” in the README.',
    causes: ['credentials_refused'],
  },
  refresh_token_ends_soon: {
    text: 'The refresh token expires within two days, or has expired. Every refresh replaces it, so refreshes have failed for a long time.',
    action:
      'Check that the credentials are right: a login follows when it expires. The last rotations show why refreshes fail.',
  },
  no_live_token: {
    text: 'No valid token is known. Callers wait up to 25 s for a new one and then receive 503.',
    action:
      'Nothing, if the next check or caller receives a token. If not, the last rotations and the log have the cause.',
    causes: [
      'credentials_refused',
      'store_unreachable',
      'save_pending',
      'tokens_unreadable',
      'pair_missing',
      'timer_silent',
      'last_rotation_failed',
    ],
  },
};

/** Describes the reasons for the health, in their order. */
export function describeReasons(codes: readonly HealthReason[], facts: Facts): Status['health']['reasons'] {
  return codes.map((code) => {
    const { text, action, causes = [] } = REASONS[code];
    const detail = describeDetail(code, facts);
    return { code, text, detail, action: causes.some((cause) => codes.includes(cause)) ? undefined : action };
  });
}

const UNREADABLE_TEXTS: Readonly<Record<string, string>> = {
  not_sealed: 'they are plain text, or in the format of another version',
  unknown_key: 'their key is not in `TOKEN_ENCRYPTION_KEYS`',
  not_authentic: 'they were edited or moved, or the key with that id is another one',
  damaged: 'they, or columns that they depend on, are damaged',
};

/** What is known beyond the reason itself. */
function describeDetail(code: HealthReason, facts: Facts): string | undefined {
  const { at, unreadable, failure, waits, refresh_token: refresh, checks } = facts;
  if (code === 'tokens_unreadable' && unreadable) {
    const { reason, missing_key: key } = unreadable;
    return `\`${reason}\`: ${UNREADABLE_TEXTS[reason]}.${key === undefined ? '' : ` Its id is \`${key}\`.`}`;
  }
  if (code === 'last_rotation_failed' && failure) {
    const last = failure.code === undefined ? '' : `, the last time with \`${failure.code}\``;
    return `It failed ${sayTimes(failure.count)}${last}.`;
  }
  if (code === 'credentials_refused' && waits.login) {
    const { refusals, code: refusal, until } = waits.login;
    const next = until === undefined ? 'the next check' : `a check after ${sayMoment(until, at)}`;
    return `\`${refusal}\`, ${sayTimes(refusals)}. With the same credentials, ${next} logs in again.`;
  }
  if (code === 'refresh_token_ends_soon' && refresh) {
    return refresh.live ? `It has ${saySpan(refresh.expires_in)} left.` : 'It has expired.';
  }
  if (code === 'timer_silent') {
    return checks.last_at === undefined
      ? 'It has never left one.'
      : `The last one is of ${sayMoment(checks.last_at, at)}.`;
  }
  return undefined;
}

function sayTimes(count: number): string {
  return count === 1 ? 'once' : `${count} times in a row`;
}
