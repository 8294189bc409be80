import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type AxiosInstance, create as createAxios, isAxiosError } from 'axios';
import { parseJson } from '../parse-json.ts';
import { isLoopbackHost } from '../loopback.ts';
import type { QuartileSettings } from '../settings/settings.ts';
import { type RawReply, readReply, type Reply } from './reply.ts';

export type QuartileClient = {
  /** `POST /login` with the credentials of the settings. Never throws for what Quartile or the network does. */
  login(signal?: AbortSignal): Promise<Reply>;
  /** `POST /refresh`. The token may be spent as soon as this is called. Never throws, as `login`. */
  refresh(refreshToken: string, signal?: AbortSignal): Promise<Reply>;
};

/** A token set is a few KB. More than this is no token set, and would not fit the store. */
const LONGEST_BODY_BYTES = 256 * 1024;

/**
 * The client of the Quartile authorization API, v2. One request a call: no retries, no redirects, no connection kept
 * open between calls (a request on a kept connection that the server just closed would be a doubtful one).
 */
export function createQuartileClient(settings: QuartileSettings, nowMs: () => number): QuartileClient {
  const http = createAxios({
    baseURL: settings.baseUrl,
    headers: { 'Subscription-Key': settings.subscriptionKey, 'Content-Type': 'application/json' },
    httpAgent: new HttpAgent({ keepAlive: false }),
    httpsAgent: new HttpsAgent({ keepAlive: false }),
    ...(isLoopbackHost(new URL(settings.baseUrl).hostname) ? { proxy: false } : {}), // a proxy could not reach this machine's own
    maxRedirects: 0,
    maxContentLength: LONGEST_BODY_BYTES,
    responseType: 'text',
    transformResponse: (text: unknown) => text,
    validateStatus: () => true,
  });
  const post = async (path: string, body: object, signal?: AbortSignal): Promise<Reply> => {
    const sentAtMs = nowMs();
    const raw = await send(http, path, body, withTimeout(settings.timeoutMs, signal));
    return readReply(raw, { sentAtMs, nowMs: nowMs() });
  };
  return {
    login: (signal) => post('/login', { username: settings.username, password: settings.password }, signal),
    refresh: (refreshToken, signal) => post('/refresh', { token: refreshToken }, signal),
  };
}

/** Sends, and judges nothing. What axios throws carries the request with its secrets: only its code leaves here. */
async function send(http: AxiosInstance, path: string, body: object, signal: AbortSignal): Promise<RawReply> {
  try {
    const response = await http.post<unknown>(path, body, { signal });
    const retryAfter: unknown = response.headers['retry-after'];
    return {
      kind: 'answer',
      status: response.status,
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
      body: parseJson(response.data), // an HTML page, or a cut body, is no token set either way
    };
  } catch (error) {
    const { code = 'UNKNOWN', cause } = isAxiosError(error) ? error : {};
    if (isBeforeConnection(cause)) return { kind: 'not-connected', code };
    return { kind: 'no-answer', code: signal.aborted ? 'TIMEOUT' : code };
  }
}

/**
 * Whether no connection was made, so that nothing can have been sent: the name was not found, or every address that it has
 * turned the connection down or could not be reached. One that breaks later fails by another system call, or by none.
 */
function isBeforeConnection(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isBeforeConnection);
  return (
    error instanceof Error && 'syscall' in error && (error.syscall === 'getaddrinfo' || error.syscall === 'connect')
  );
}

/** The whole request, its answer's body included, ends by then: axios' own time-out would watch idle time only. */
function withTimeout(timeoutMs: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([timeout, signal]) : timeout;
}
