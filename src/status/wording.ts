/** What states, reasons and codes are called in front of people. The README says the same at greater length. */
import type { HealthReason } from '../hand-out/health.ts';
import type { UnreadableReason } from '../store/token-store.ts';
import { codeElement } from './code-element.ts';
import type { Html } from './html.ts';
import { sayMoment } from './moments.ts';
import type { ServiceState } from './service-state.ts';
import type { StatusReport } from './status-report.ts';

type Words = {
  readonly text: string;
  readonly action: string;
  /** Added to the action where the page has rotations to show. */
  readonly ifHistory?: string;
};

const stateWords: Record<Exclude<ServiceState, 'store_unreachable' | 'credentials_refused'>, string> = {
  rotating: 'A worker is renewing the pair right now.',
  failing: 'The last attempt to renew the pair failed. It is tried again by itself.',
  tokens_unreadable: 'The tokens in the table do not open. A login replaces them as soon as it may.',
  pair_missing:
    'The row is gone; the last token known is served while it lives. The next timer run, or caller, logs in.',
  empty: 'There is no pair in the table. The next timer run, or caller, logs in.',
  expired: 'The access token has ended, and nobody has renewed it. The next caller, or timer run, does.',
  due: 'The margin has begun: the next check renews the pair.',
  fresh: 'The pair is fresh: it is renewed once the margin has begun.',
};

/** What the service is at, and what that means for whoever wants a token. */
export function sayState(report: StatusReport): string {
  const { state, readAtMs, atMs } = report;
  if (state === 'credentials_refused') return `Quartile refuses our credentials. ${sayWhatGoesOn(report)}`;
  if (state !== 'store_unreachable') return stateWords[state];
  return readAtMs === undefined
    ? 'The table is out of reach, and this instance has not read it before: nothing is known.'
    : `The table is out of reach. What stands here was read on ${sayMoment(readAtMs, atMs)}.`;
}

function sayWhatGoesOn({ access, refresh }: StatusReport): string {
  if (!access?.lives) return 'Nobody can log in.';
  const refreshes = refresh?.lives && !refresh.spent;
  return refreshes
    ? 'The token is served and refreshes go on; a login would fail.'
    : 'The token is served while it lives; nobody can log in.';
}

/** Here and below, names of settings and the like stand between backticks. */
export const reasonWords: Record<HealthReason, Words> = {
  credentials_refused: {
    text: 'Quartile refused the username, the password or the subscription key. Logins wait; refreshes go on.',
    action:
      'Correct `QUARTILE_USERNAME`, `QUARTILE_PASSWORD` or `QUARTILE_SUBSCRIPTION_KEY` and restart the app; in Azure in the ' +
      'vault, then `node infra/refresh-secrets.js`. Other credentials are tried at once.',
  },
  store_unreachable: {
    text: 'The table cannot be read.',
    action:
      'Look at the storage account: whether it is up, whether its network lets this app in, and whether the app’s ' +
      'identity has the role Storage Table Data Contributor.',
  },
  save_pending: {
    text: 'A new pair was received and is not saved yet. This instance keeps trying.',
    action:
      'Do not restart the app: the pair is lost with its process. Check the storage account; `rotation.save_delayed` ' +
      'in the log says more.',
  },
  tokens_unreadable: {
    text: 'The row’s tokens do not open: their key is not in the ring, or somebody changed or put back the row.',
    action:
      'See that every instance has the same `TOKEN_ENCRYPTION_KEYS`, and who can write to the table; ' +
      '`tokens.unreadable` in the log says more.',
  },
  pair_missing: {
    text: 'The table holds no pair: its row was deleted. The last token known is served while it lives.',
    action: 'Nothing, if one of you deleted it: the next login brings a pair. Else see who can write to the table.',
  },
  timer_silent: {
    text: 'The timer has not been seen for over two periods and an hour.',
    action:
      'See that the function `refreshTokens` is not disabled, that `REFRESH_SCHEDULE` is right, and that the host ' +
      'reaches its storage (`AzureWebJobsStorage`). Meanwhile callers renew the token.',
  },
  last_rotation_failed: {
    text: 'The last rotation failed, and left the tokens as they were.',
    action:
      'Nothing, if Quartile is down or over quota: the timer tries every run. If it stays, look up the code under ' +
      '“Operate” in the README.',
  },
  refresh_token_ends_soon: {
    text: 'The refresh token has less than two days to live, or none: each refresh brings a new one, so that refreshes have not worked for long.',
    action: 'When it ends, a login follows: see that the credentials are right.',
    ifHistory: 'The last rotations below say why refreshes fail.',
  },
  no_live_token: {
    text: 'No live token is known: callers wait for a new one, 25 s at most, and then get 503.',
    action: 'Nothing, if the next timer run or caller gets one. If not, the log says why.',
    ifHistory: 'So do the last rotations below.',
  },
};

export const healthWords = { ok: 'OK', degraded: 'Degraded', down: 'Down' } as const;

export const unreadableWords: Record<UnreadableReason, string> = {
  not_sealed: 'they lie in the clear, or in a format of another version',
  unknown_key: 'their key is not in `TOKEN_ENCRYPTION_KEYS`',
  not_authentic: 'they were edited or moved, or the key of that id is another one',
  damaged: 'they, or columns they depend on, are damaged',
};

/** Who wanted a rotation. What we do not know stands for itself: the row may be of another version. */
export function sayTrigger(trigger: string): Html | string {
  if (trigger === 'timer' || trigger === 'caller') return trigger;
  return trigger === 'report' ? 'report of a 401' : codeElement(trigger);
}
