/**
 * Authorizes the requests of an axios instance. All of it happens in the adapter, which is the last to see a request and
 * the first to see its answer. The caller's interceptors, transformations and retries run once, outside of it, and never
 * see the 401 of a request that is repeated.
 *
 * The types describe what we use of axios, so that the client depends on nothing.
 */
import { isObject } from './answers.ts';
import { type AxiosConfig, authorizeConfig, makeRepeatable, type RedirectTarget } from './axios-config.ts';
import { decode, isNodeStream, peekWords, readWords } from './bodies.ts';
import type { Settings } from './options.ts';
import type { Refusals } from './refusals.ts';
import type { Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { checkTarget, isAboutSubscriptionKey, isElsewhere, isRepeatable } from './upstream.ts';

/** What we use of an axios 1 instance: `axios` itself, or what `axios.create()` returns. */
export type AxiosLike = {
  readonly interceptors: {
    readonly request: { use(onFulfilled: <Config extends object>(config: Config) => Config): unknown };
  };
  /** Every instance has it. The types of older versions do not say so. */
  create?(): AxiosSender;
};

/** What we use of an instance that sends. */
export type AxiosSender = {
  readonly defaults: object;
  getUri(config: unknown): string;
  request(config: unknown): Promise<unknown>;
};

type Parts = {
  readonly settings: Settings;
  readonly keeping: Pick<TokenKeeping, 'get'>;
  readonly refusals: Refusals;
};

/** @throws {TypeError} if this is no instance of axios 1 */
export function attachToAxios({ settings, keeping, refusals }: Parts, instance: AxiosLike): void {
  const sender = createSender(instance);

  const send = async (config: AxiosConfig, target: RedirectTarget, { accessToken }: Token): Promise<unknown> => {
    const authorized = authorizeConfig(config, target, { accessToken, subscriptionKey: settings.subscriptionKey });
    return sender.request(authorized);
  };
  const authorize = async (given: AxiosConfig, signal: AbortSignal): Promise<unknown> => {
    const url = checkTarget(settings, sender.getUri({ ...given, params: undefined })); // parameters do not matter here
    const config = makeRepeatable(given);
    const waitMs = Math.min(settings.waitMs, readTimeout(config));
    const startedAtMs = settings.nowMs();
    const token = await keeping.get({ signal, waitMs });
    const leftMs = waitMs - (settings.nowMs() - startedAtMs);
    let hasLeft = false;
    const target = { url, onLeave: () => (hasLeft = true) };
    const first = send(config, target, token);
    const answer = await first.catch(responseOf); // a 401 is an error or an answer: `validateStatus` decides
    if (hasLeft || !(await isRefusal(answer, url, signal))) return first;
    if (!isRepeatable(config['data'])) {
      refusals.replaceInBackground(token);
      return first;
    }
    const other = await refusals.replace(token, leftMs, signal);
    if (!other) return first;
    await discard(isObject(answer) ? answer['data'] : undefined);
    return send(config, target, other);
  };
  const adapt = async (config: AxiosConfig): Promise<unknown> => {
    const { signal, stop } = watchCancellation(config);
    try {
      return giveBack(await authorize(config, signal), config);
    } catch (error) {
      throw giveBack(error, config); // after a cancellation axios throws an error of its own
    } finally {
      stop();
    }
  };

  instance.interceptors.request.use((config) => {
    const adapter: unknown = Reflect.get(config, 'adapter');
    // The caller's adapter is put back, in case the same configuration is sent again.
    return Object.assign(config, { adapter: (final: object) => adapt(Object.assign(final, { adapter })) });
  });
}

/**
 * Makes an instance without interceptors and defaults, which sends a configuration as it is. Only an instance can find the
 * adapter that a name stands for, without an import of axios.
 */
function createSender(instance: AxiosLike): AxiosSender {
  const sender = instance.create?.();
  if (!sender) throw new TypeError('attachTo takes an instance of axios 1');
  for (const name of Object.keys(sender.defaults)) Reflect.deleteProperty(sender.defaults, name);
  return sender;
}

/** Names the caller's own configuration in an answer or error: a copy was sent. */
function giveBack(outcome: unknown, config: AxiosConfig): unknown {
  for (const part of [outcome, responseOf(outcome)]) {
    if (isObject(part) && 'config' in part) part['config'] = config;
  }
  return outcome;
}

function responseOf(error: unknown): unknown {
  return isObject(error) ? error['response'] : undefined;
}

/** The limit of a request is the limit of the wait for a token too. For axios, 0 is no limit. */
function readTimeout({ timeout }: AxiosConfig): number {
  return Number(timeout) > 0 ? Number(timeout) : Infinity;
}

/**
 * Tells whether Quartile refuses the token. The caller can still read the answer.
 *
 * @throws the signal's reason
 */
async function isRefusal(answer: unknown, url: URL, signal: AbortSignal): Promise<boolean> {
  if (!isObject(answer) || answer['status'] !== 401) return false;
  const { headers, request } = answer;
  if (isElsewhere(url, finalUrl(request)) || isOfProxy(url, request)) return false;
  const challenge = readHeader(headers, 'www-authenticate');
  return !isAboutSubscriptionKey(challenge, await readBody(answer, signal));
}

/** In browsers, which follow redirects without telling us: the URL that answered. */
function finalUrl(request: unknown): unknown {
  return isObject(request) ? request['responseURL'] : undefined;
}

/** A proxy that refuses to CONNECT answers in place of the server, on a socket without TLS. Browsers show no socket. */
function isOfProxy(url: URL, request: unknown): boolean {
  const socket = isObject(request) ? request['socket'] : undefined;
  return url.protocol === 'https:' && isObject(socket) && socket['encrypted'] !== true;
}

function readHeader(headers: unknown, wanted: string): unknown {
  return Object.entries(isObject(headers) ? headers : {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** Reads the words of a refusal, whatever the caller's `responseType` has made of them. */
async function readBody(answer: Record<string, unknown>, signal: AbortSignal): Promise<unknown> {
  const { data, headers } = answer;
  if (data instanceof Blob) return readWords(data.stream(), signal);
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return decode(data);
  const isJson = /\bjson\b/i.test(String(readHeader(headers, 'content-type')));
  if (isJson && isNodeStream(data)) return peekWords(data, signal);
  if (!isJson || !(data instanceof ReadableStream)) return data;
  const [copy, rest] = data.tee();
  answer['data'] = rest;
  return readWords(copy, signal);
}

/** Frees the connection of a stream that no one will read. */
async function discard(body: unknown): Promise<void> {
  if (body instanceof ReadableStream) await body.cancel().catch(() => undefined);
  else call(body, 'destroy'); // a stream of Node
}

/**
 * Combines the two ways to cancel a request: `signal` and `cancelToken`. Both may live long, so `stop` removes the
 * listeners.
 */
function watchCancellation({ signal, cancelToken }: AxiosConfig): {
  readonly signal: AbortSignal;
  readonly stop: () => void;
} {
  const cancelling = new AbortController();
  const cancel = () => cancelling.abort();
  call(signal, 'addEventListener', 'abort', cancel);
  call(cancelToken, 'subscribe', cancel);
  return {
    signal: cancelling.signal,
    stop: () => {
      call(signal, 'removeEventListener', 'abort', cancel);
      call(cancelToken, 'unsubscribe', cancel);
    },
  };
}

function call(target: unknown, method: string, ...args: readonly unknown[]): void {
  if (isObject(target) && typeof target[method] === 'function') target[method](...args);
}
