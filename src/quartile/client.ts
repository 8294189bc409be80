import { type ClientRequest, type IncomingMessage, Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps, type RequestOptions } from 'node:https';
import { type AxiosInstance, create as createAxios } from 'axios';
import { isLoopbackHost } from '../loopback.ts';
import { err, ok } from '../result.ts';
import type { QuartileSettings } from '../settings/settings.ts';
import { type Exchange, readReply, type Reply } from './reply.ts';

export type QuartileClient = {
  /** `POST /login` with the credentials of the settings. Never throws, whatever Quartile or the network does. */
  login(signal?: AbortSignal): Promise<Reply>;
  /** `POST /refresh`. The token may be spent as soon as this is called. Never throws, whatever happens. */
  refresh(refreshToken: string, signal?: AbortSignal): Promise<Reply>;
};

/** A token set is a few KB. A longer body is no token set, and would not fit the store. */
const LONGEST_BODY_BYTES = 256 * 1024;

/**
 * Creates a client of the Quartile authorization API, v2. Each call makes one request: no retries, no redirects, and a
 * connection of its own (a request on a kept connection that the server has just closed would be doubtful).
 */
export function createQuartileClient(settings: QuartileSettings, nowMs: () => number): QuartileClient {
  const http = createAxios({
    baseURL: settings.baseUrl,
    headers: { 'Subscription-Key': settings.subscriptionKey, 'Content-Type': 'application/json' },
    httpAgent: new HttpAgent({ keepAlive: false }),
    httpsAgent: new HttpsAgent({ keepAlive: false }),
    ...(isLoopbackHost(new URL(settings.baseUrl).hostname) ? { proxy: false } : {}), // a proxy cannot reach this machine
    maxRedirects: 0,
    maxContentLength: LONGEST_BODY_BYTES,
    responseType: 'text',
    transformResponse: (text: unknown) => text,
    validateStatus: () => true,
  });
  const post = async (path: string, body: object, signal?: AbortSignal): Promise<Reply> => {
    const sentAtMs = nowMs();
    const exchange = await send(http, path, body, withTimeout(settings.timeoutMs, signal));
    return readReply(exchange, { sentAtMs, nowMs: nowMs() });
  };
  return {
    login: (signal) => post('/login', { username: settings.username, password: settings.password }, signal),
    refresh: (refreshToken, signal) => post('/refresh', { token: refreshToken }, signal),
  };
}

/** Sends, and judges nothing. An error of axios carries the request with its secrets, so only its code is returned. */
async function send(http: AxiosInstance, path: string, body: object, signal: AbortSignal): Promise<Exchange> {
  let connected = false;
  const transport = watchConnection(() => {
    connected = true;
  });
  try {
    const { status, headers, data } = await http.post<unknown>(path, body, { signal, transport });
    const answer = {
      status,
      retryAfter: textOrNone(headers['retry-after']),
      date: textOrNone(headers['date']),
      body: textOrNone(data) ?? '',
    };
    return { connected, result: ok(answer) };
  } catch (error) {
    return { connected, result: err(signal.aborted ? 'TIMEOUT' : codeOf(error)) };
  }
}

/**
 * A transport for axios that reports when the socket to Quartile is ready: `secureConnect`, or `connect` for http. The
 * socket decides, not the error: through a proxy, only the TLS socket inside the tunnel reaches `secureConnect`, and the
 * stand-in socket with the answer of a proxy that refused to connect never does.
 */
function watchConnection(onConnected: () => void) {
  return {
    request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
      const isSecure = options.protocol === 'https:';
      const request = isSecure ? requestHttps(options, onResponse) : requestHttp(options, onResponse);
      return request.once('socket', (socket) => socket.once(isSecure ? 'secureConnect' : 'connect', onConnected));
    },
  };
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
}

/** Limits the whole request, the response's body included. The time-out of axios would only limit idle time. */
function withTimeout(timeoutMs: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([timeout, signal]) : timeout;
}
