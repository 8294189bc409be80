/** What can go wrong between a caller and the token service. Pure. */

/** All codes of {@link TokenSourceError}. They are stable. */
export type TokenSourceErrorCode =
  /** The service does not accept the function key, or `clientId` and `clientSecret`. */
  | 'unauthorized'
  /** The service refuses this caller, for example because of its address. */
  | 'forbidden'
  /** `minTtlSeconds` is more than the service promises, or the credentials are not well-formed. */
  | 'invalid_request'
  /** The service's settings are wrong, or `url` is not a service that takes these credentials. */
  | 'misconfigured'
  /** The service received too many requests. */
  | 'throttled'
  /** The service has no token, or cannot be reached. */
  | 'unavailable'
  /** No answer in time. */
  | 'timed_out'
  /** The answer is not one of the token service. */
  | 'bad_answer'
  /** The `fetch` that was passed, or the missing global one, threw a programming error: see `cause`. */
  | 'broken_fetch'
  /** The request must not carry the token: see the option `origins`. */
  | 'wrong_target';

/** A failed request, as data. Each caller that waits for it receives an error of its own. */
export type Failure = {
  readonly code: TokenSourceErrorCode;
  /** The status of the answer, if there was one. */
  readonly status?: number;
  /** The `code` of a problem, or Node's code of a failed connection. */
  readonly detail?: string | undefined;
  /** The error that `fetch` threw, only with `broken_fetch`. */
  readonly cause?: unknown;
  /** Counts from the answer. */
  readonly retryAfterMs?: number | undefined;
};

const MESSAGES: Record<TokenSourceErrorCode, string> = {
  unauthorized:
    'The token service does not accept the credentials: check the function key, or clientId and clientSecret',
  forbidden: 'The token service refuses this caller',
  invalid_request: 'The token service refuses the request: check minTtlSeconds, and the form of the credentials',
  misconfigured: 'The token service is misconfigured, or the url is wrong: check the url, then the log of the service',
  throttled: 'The token service received too many requests: try again later',
  unavailable: 'The token service has no token, or cannot be reached: try again later',
  timed_out: 'The token service did not answer in time: try again later',
  bad_answer: 'The answer is not one of the token service: check the url',
  broken_fetch: 'fetch threw a programming error: see cause',
  wrong_target:
    'This request must not carry the token: its URL is the token service, plain http, not in origins, or invalid',
};

/** What the client throws. It contains no token, key, header, body or address, except in `cause`. */
export class TokenSourceError extends Error {
  override readonly name = 'TokenSourceError';
  readonly code: TokenSourceErrorCode;
  /** The status of the service's answer; `undefined` if there was none. */
  readonly status: number | undefined;
  /** Whole seconds from now; `undefined` if the service named no time. */
  readonly retryAfterSeconds: number | undefined;

  /** @param waitMs the rest of the pause that the failure began */
  constructor({ code, status, detail, retryAfterMs, cause }: Failure, waitMs: number | undefined = retryAfterMs) {
    const more = [status, detail].filter((part) => part !== undefined).join(' ');
    super(`${MESSAGES[code]}${more === '' ? '' : ` (${more})`}.`, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = retryAfterMs === undefined ? undefined : Math.ceil(Math.max(0, waitMs ?? 0) / 1000);
  }
}

/** Tells whether the same request may succeed later. If not, a person has to change something. */
export function mayPass({ code }: Failure): boolean {
  return code === 'unavailable' || code === 'timed_out' || code === 'throttled';
}
