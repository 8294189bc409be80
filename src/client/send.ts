/** Sends requests to the service. What the answers mean is judged elsewhere. */
import { isObject, type Reply } from './answers.ts';
import type { Settings } from './options.ts';
import { done, failed, type Outcome } from './outcome.ts';
import { readRetryAfter } from './pauses.ts';

export type ServiceRequest = {
  readonly method: 'GET' | 'POST';
  /** Below the root, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
};

export type Send = (request: ServiceRequest) => Promise<Outcome<Reply>>;

/** @returns a function that resolves to whatever was answered, and never rejects */
export function createSend({ root, fetch, timeoutMs, readClocks }: Settings): Send {
  return async ({ method, path, headers = {}, body }) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), timeoutMs);
    const sentAt = readClocks();
    const exchange = async (): Promise<Reply> => {
      const response = await fetch(`${root}${path}`, {
        method,
        headers: { Accept: 'application/json', ...headers, ...(body === undefined ? {} : JSON_TYPE) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'manual', // a key must not go anywhere else
        signal: patience.signal,
      });
      const text = await response.text();
      const retryAfterMs = readRetryAfter(
        response.headers.get('retry-after'),
        response.headers.get('date'),
        Date.now(),
      );
      return { status: response.status, text, retryAfterMs, sentAt };
    };
    try {
      return done(await untilAborted(exchange(), patience.signal));
    } catch (error) {
      if (patience.signal.aborted) return failed({ code: 'timed_out' });
      return failed({ code: 'unavailable', detail: connectionCode(error) }); // the error itself may quote the request
    } finally {
      clearTimeout(timer);
    }
  };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Not every `fetch` that is given to us looks at its signal. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('Too late')));
    work.then(resolve, reject);
  });
}

/** Node's code of a connection that failed, such as ECONNREFUSED. */
function connectionCode(error: unknown): string | undefined {
  const cause = isObject(error) ? error['cause'] : undefined;
  const code = isObject(cause) ? cause['code'] : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
}
