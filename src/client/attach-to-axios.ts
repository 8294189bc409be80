/**
 * The same for axios. All of it happens around the adapter, which gets a request last and sees its answer first: what the
 * caller has attached (interceptors, transformations, retries) runs outside of it, once, and never sees the 401 of a request
 * that is repeated.
 *
 * Axios's types are described here by what we use of them: the client depends on nothing.
 */
import { isObject } from './answers.ts';
import { watchCancellation } from './axios-cancellation.ts';
import { type AxiosConfig, authorizeConfig, type RedirectTarget } from './axios-config.ts';
import type { Settings } from './options.ts';
import type { Refusals } from './refusals.ts';
import { checkTarget } from './target.ts';
import type { Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { isAboutSubscriptionKey, isElsewhere, isRepeatable } from './upstream.ts';

/** What we use of an instance of axios 1: of `axios` itself, or of what `axios.create()` returns. */
export type AxiosLike = {
  readonly interceptors: {
    readonly request: { use(onFulfilled: <Config extends object>(config: Config) => Config): unknown };
  };
  /** Every instance has it; the types of older versions do not say so. */
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

/**
 * Authorizes the requests of an instance, and repeats once what is refused.
 *
 * @throws {TypeError} for what is no instance of axios 1
 */
export function attachToAxios({ settings, keeping, refusals }: Parts, instance: AxiosLike): void {
  const sender = createSender(instance);

  const send = async (config: AxiosConfig, target: RedirectTarget, { accessToken }: Token): Promise<unknown> => {
    const authorized = authorizeConfig(config, target, { accessToken, subscriptionKey: settings.subscriptionKey });
    try {
      return giveBack(await sender.request(authorized), config);
    } catch (error) {
      throw giveBack(error, config);
    }
  };
  const authorize = async (config: AxiosConfig, signal: AbortSignal): Promise<unknown> => {
    const url = sender.getUri(config);
    checkTarget(settings, url);
    const askedAtMs = settings.nowMs();
    const token = await keeping.get({ signal });
    const waitMs = settings.waitMs - (settings.nowMs() - askedAtMs);
    let hasLeft = false;
    const target = { url, onLeave: () => (hasLeft = true) };
    const first = send(config, target, token);
    const answer = await first.catch(responseOf); // a 401 is an error, or an answer, as the caller's `validateStatus` has it
    if (hasLeft || !isRefusal(answer, url)) return first;
    if (!isRepeatable(config['data'])) {
      refusals.replaceInBackground(token);
      return first;
    }
    const other = await refusals.replace(token, { waitMs, signal });
    if (!other) return first;
    await discard(answer['data']);
    return send(config, target, other);
  };
  const adapt = async (config: AxiosConfig): Promise<unknown> => {
    const { signal, over } = watchCancellation(config);
    return authorize(config, signal).finally(over); // what comes after a cancellation, axios replaces by an error of its own
  };

  instance.interceptors.request.use((config) => {
    const adapter: unknown = Reflect.get(config, 'adapter');
    // The caller's own is put back, for whoever sends the same configuration again.
    return Object.assign(config, { adapter: (final: object) => adapt(Object.assign(final, { adapter })) });
  });
}

/**
 * An instance without interceptors and defaults, which sends a configuration as it stands. Only an instance can find the
 * adapter that a name means, without an import of axios.
 */
function createSender(instance: AxiosLike): AxiosSender {
  const sender = instance.create?.();
  if (!sender) throw new TypeError('attachTo takes an instance of axios 1');
  for (const name of Object.keys(sender.defaults)) Reflect.deleteProperty(sender.defaults, name);
  return sender;
}

/** Names the caller's own configuration in an answer, or an error: it was a copy that was sent. */
function giveBack(outcome: unknown, config: AxiosConfig): unknown {
  for (const part of [outcome, responseOf(outcome)]) {
    if (isObject(part) && 'config' in part) part['config'] = config;
  }
  return outcome;
}

function responseOf(error: unknown): unknown {
  return isObject(error) ? error['response'] : undefined;
}

/** Whether Quartile refuses the token. */
function isRefusal(answer: unknown, url: string): answer is Record<string, unknown> {
  if (!isObject(answer) || answer['status'] !== 401 || isElsewhere(url, finalUrl(answer['request']))) return false;
  const { headers, data } = answer;
  return !isAboutSubscriptionKey(isObject(headers) ? headers['www-authenticate'] : undefined, data);
}

/** Where the answer came from, in browsers: there redirects are followed without a word to us. */
function finalUrl(request: unknown): unknown {
  return isObject(request) ? request['responseURL'] : undefined;
}

/** A stream that nobody reads would keep its connection. */
async function discard(body: unknown): Promise<void> {
  if (body instanceof ReadableStream) await body.cancel().catch(() => undefined);
  else if (isObject(body) && typeof body['destroy'] === 'function') body['destroy'](); // one of Node's
}
