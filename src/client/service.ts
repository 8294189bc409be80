/** Sends requests to the token service. Nothing here throws: a failure is a result. */
import { err, ok, type Result } from '../result.ts';
import { readRetryAfter } from '../retry-after.ts';
import { sleep } from '../sleep.ts';
import { type Answer, isObject, readToken } from './answers.ts';
import { readText } from './bodies.ts';
import type { Credentials } from './credentials.ts';
import type { Failure } from './errors.ts';
import type { Settings } from './options.ts';
import type { Token } from './token.ts';

export type ServiceRequest = {
  readonly method: 'GET' | 'POST';
  /** Below the root, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
};

export type Send = (request: ServiceRequest) => Promise<Result<Answer, Failure>>;

/** A longer `Retry-After` counts as this. */
const LONGEST_RETRY_AFTER_MS = 300_000;

export function createSend({ root, fetch, timeoutMs, readClocks }: Settings): Send {
  return async ({ method, path, headers = {}, body }) => {
    const over = new AbortController();
    const sentAt = readClocks();
    const exchange = async (): Promise<Result<Answer, Failure>> => {
      const response = await fetch(`${root}${path}`, {
        method,
        headers: { Accept: 'application/json', ...headers, ...(body !== undefined && JSON_TYPE) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        redirect: 'manual', // the credentials are for this service only
        cache: 'no-store', // some frameworks cache otherwise, whatever the answer says
        signal: over.signal,
      });
      const { status } = response;
      const text = await readText(response);
      if (text === undefined) return err({ code: 'bad_answer', status });
      return ok({ status, text, retryAfterMs: retryAfterMs(response), sentAt });
    };
    // Not every `fetch` that is passed as an option obeys its signal.
    const timeout = sleep(timeoutMs, over.signal).then(() => err<Failure>({ code: 'timed_out' }));
    try {
      return await Promise.race([exchange(), timeout]);
    } catch (error) {
      if (isProgrammingError(error)) return err({ code: 'broken_fetch', cause: error });
      return err({ code: 'unavailable', detail: connectionCode(error) }); // the error itself may quote the request
    } finally {
      over.abort();
    }
  };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

function retryAfterMs({ headers }: Response): number | undefined {
  const ms = readRetryAfter(headers.get('retry-after'), headers.get('date'), Date.now());
  return ms === undefined ? undefined : Math.min(ms, LONGEST_RETRY_AFTER_MS);
}

/** How runtimes name a failed connection in a `TypeError` without a cause. */
const NETWORK_WORDS = /network|connect|fetch failed|failed to fetch|load failed|sending request|terminated|offline/i;

/** `fetch` throws a `TypeError` for a failed connection too: in Node with a cause, in other runtimes with certain words. */
function isProgrammingError(error: unknown): boolean {
  if (!isObject(error)) return false;
  if (error['name'] === 'TypeError') return !('cause' in error) && !NETWORK_WORDS.test(String(error['message']));
  return ['ReferenceError', 'RangeError', 'SyntaxError'].includes(String(error['name']));
}

/** Node's code of a failed connection, such as ECONNREFUSED. */
function connectionCode(error: unknown): string | undefined {
  const cause = isObject(error) ? error['cause'] : undefined;
  const code = isObject(cause) ? cause['code'] : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
}

/** The two routes for tokens. */
export type Service = {
  /**
   * @param minTtlSeconds the life that the service has to promise
   * @param isFresh with a URL of its own, so that no cache can answer
   */
  fetchToken(minTtlSeconds: number | undefined, isFresh: boolean): Promise<Result<Token, Failure>>;
  /** Reports that Quartile refused the token of a generation, and returns another one. */
  report(generation: number, isFresh: boolean): Promise<Result<Token, Failure>>;
};

export function createService(send: Send, credentials: Credentials): Service {
  const callForToken = async (request: ServiceRequest): Promise<Result<Token, Failure>> => {
    for (let isRepeat = false; ; isRepeat = true) {
      const headers = await credentials.headers();
      if (!headers.ok) return headers;
      const answer = await send({ ...request, headers: headers.value });
      if (!answer.ok) return answer;
      // The caller's own access token may have expired on the way: once more, with another one.
      const mayRepeat = answer.value.status === 401 && !isRepeat && credentials.refused(headers.value, answer.value);
      if (!mayRepeat) return readToken(answer.value);
    }
  };
  return {
    fetchToken: (minTtlSeconds, isFresh) =>
      callForToken({ method: 'GET', path: `/api/token${query(minTtlSeconds, isFresh)}` }),
    report: (generation, isFresh) =>
      callForToken({ method: 'POST', path: `/api/token/refresh${query(undefined, isFresh)}`, body: { generation } }),
  };
}

let freshRequests = 0;

/** The service ignores `fresh`. */
function query(minTtlSeconds: number | undefined, isFresh: boolean): string {
  const parameters = [
    ...(minTtlSeconds === undefined ? [] : [`min_ttl=${minTtlSeconds}`]),
    ...(isFresh ? [`fresh=${Date.now()}-${(freshRequests += 1)}`] : []),
  ];
  return parameters.length === 0 ? '' : `?${parameters.join('&')}`;
}
