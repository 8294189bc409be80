/** What can go wrong between a caller and the token service. Pure. */

/** Every code that an error of ours can carry: stable, to switch on. */
export type TokenSourceErrorCode =
  /** The function key, or `client_id` and `client_secret`, let nobody in. */
  | 'unauthorized'
  | 'forbidden'
  /** `minTtlSeconds` is more than the service ever promises, or the credentials have not the form of any. */
  | 'invalid_request'
  /** The service's settings are wrong, or `url` is not that of a service that takes these credentials. */
  | 'misconfigured'
  /** Too many logins failed, or too many requests came. */
  | 'throttled'
  /** No token, or no service. */
  | 'unavailable'
  /** No answer within the time there was. */
  | 'timed_out'
  /** Something answered that is not the service. */
  | 'bad_answer'
  /** A request was about to carry the token to the token service, over a network in the clear, or beyond `origins`. */
  | 'wrong_target';

/** A failure as data. It is told to many callers, each of whom gets an error of its own. */
export type Failure = {
  readonly code: TokenSourceErrorCode;
  /** The status of the answer, where there was one. */
  readonly status?: number;
  /** A problem's own `code`, or Node's of a connection that failed. */
  readonly detail?: string | undefined;
  /** From the answer on. */
  readonly retryAfterMs?: number | undefined;
};

const MESSAGES: Record<TokenSourceErrorCode, string> = {
  unauthorized: 'The token service does not let this caller in: check the function key, or the client id and secret',
  forbidden: 'The token service refuses this caller',
  invalid_request: 'The token service cannot do what was asked: check minTtlSeconds, and the form of the credentials',
  misconfigured: 'The token service is misconfigured, or the url is not that of one: its log says more',
  throttled: 'The token service wants a pause: too many logins failed, or too many requests came',
  unavailable: 'The token service has no token that will do, or cannot be reached',
  timed_out: 'The token service did not answer in time',
  bad_answer: 'What answered is not the token service, or not one of this version: check the url',
  wrong_target:
    'This request must not carry the token: it goes to the token service itself, by plain http, or beyond origins',
};

/** What the client throws. It carries no token, no key, no header, no body and no address. */
export class TokenSourceError extends Error {
  override readonly name = 'TokenSourceError';
  readonly code: TokenSourceErrorCode;
  /** The status of the service's answer; `undefined` where there was none. */
  readonly status: number | undefined;
  /** Whole seconds from now; `undefined` where the service named no time. */
  readonly retryAfterSeconds: number | undefined;

  /** @param waitMs what is left until it makes sense to ask again */
  constructor({ code, status, detail, retryAfterMs }: Failure, waitMs: number | undefined = retryAfterMs) {
    const more = [status, detail].filter((part) => part !== undefined).join(' ');
    super(`${MESSAGES[code]}${more === '' ? '' : ` (${more})`}.`);
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = retryAfterMs === undefined ? undefined : Math.ceil(Math.max(0, waitMs ?? 0) / 1000);
  }
}

/** Whether the same request may do better in a moment. Else it takes a person. */
export function mayPass({ code }: Failure): boolean {
  return code === 'unavailable' || code === 'timed_out' || code === 'throttled';
}
