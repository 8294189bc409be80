/** `fetch` with the token, and once more with another token after a 401. */
import { readWords } from './bodies.ts';
import type { Settings } from './options.ts';
import type { Refusals } from './refusals.ts';
import type { Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { checkTarget, isAboutSubscriptionKey, isElsewhere, isRepeatable } from './upstream.ts';

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = NonNullable<Parameters<Fetch>[1]>;

/**
 * Makes a `fetch` that authorizes its requests.
 *
 * On a redirect to another origin, `fetch` removes `Authorization` but no other header. So a request with a subscription
 * key follows no redirect: the 3xx is the answer. A request without one follows redirects. `fetch` then tells only the
 * last URL: a 401 after a redirect to another origin and back counts as one about the token.
 */
export function createAuthorizedFetch(
  settings: Settings,
  keeping: Pick<TokenKeeping, 'get'>,
  refusals: Refusals,
): Fetch {
  const { subscriptionKey, fetch } = settings;
  const send = (input: Input, init: Init, token: Token): Promise<Response> => {
    const request = isRequest(input) ? input : undefined;
    const headers = new Headers(init.headers ?? request?.headers);
    headers.set('Authorization', `Bearer ${token.accessToken}`);
    if (subscriptionKey !== undefined) headers.set('Subscription-Key', subscriptionKey);
    if (!headers.has('Subscription-Key')) return fetch(input, { ...init, headers });
    const wanted = init.redirect ?? request?.redirect;
    return fetch(input, { ...init, headers, redirect: wanted === 'error' ? 'error' : 'manual' });
  };
  const authorizedFetch = async (input: Input, init: Init): Promise<Response> => {
    const request = isRequest(input) ? input : undefined;
    const target = checkTarget(settings, isRequest(input) ? input.url : String(input));
    const signal = init.signal ?? request?.signal;
    const startedAtMs = settings.nowMs();
    const token = await keeping.get({ signal });
    const leftMs = settings.waitMs - (settings.nowMs() - startedAtMs);
    // The first request reads the body of a copy, so that there is one to send again.
    const first = init.body === undefined || init.body === null ? request?.clone() : request;
    const response = await send(first ?? input, init, token);
    if (response.status !== 401 || (response.redirected && isElsewhere(target, response.url))) return response;
    if (await isOfGateway(response, signal)) return response;
    if (!isRepeatable(init.body)) {
      refusals.replaceInBackground(token);
      return response;
    }
    const other = await refusals.replace(token, leftMs, signal);
    if (!other) return response;
    await response.body?.cancel().catch(() => undefined); // frees its connection
    return send(input, init, other);
  };
  return async (input, init = {}) =>
    // The properties of a `Request` are getters, which `{ ...init }` does not copy.
    isRequest(init) ? authorizedFetch(new Request(input, init), {}) : authorizedFetch(input, init);
}

/** @throws the signal's reason */
async function isOfGateway(response: Response, signal: AbortSignal | undefined): Promise<boolean> {
  const { headers } = response;
  const copy = /\bjson\b/i.test(headers.get('content-type') ?? '') ? response.clone().body : undefined;
  return isAboutSubscriptionKey(headers.get('www-authenticate'), copy ? await readWords(copy, signal) : undefined);
}

/** Judged by its properties: a `Request` of another implementation is no instance of the global one. */
function isRequest(input: Input | Init): input is Request {
  return typeof input === 'object' && 'url' in input && 'clone' in input;
}
