/** `fetch` with the bearer, and once more with another one where Quartile refuses it. */
import type { Settings } from './options.ts';
import type { Refusals } from './refusals.ts';
import type { Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { checkTarget } from './target.ts';
import { isAboutSubscriptionKey, isElsewhere, isRepeatable } from './upstream.ts';

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = NonNullable<Parameters<Fetch>[1]>;

/**
 * Makes a `fetch` that authorizes its requests.
 *
 * Browsers' and Node's `fetch` take `Authorization` off before they follow a redirect to another origin, but no header of
 * another name: what has a subscription key is not redirected. A 3xx is the answer then, or an error, as the caller likes.
 */
export function createAuthorizedFetch(
  settings: Settings,
  keeping: Pick<TokenKeeping, 'get'>,
  refusals: Refusals,
): Fetch {
  const { subscriptionKey, fetch } = settings;
  const send = (input: Input, init: Init, token: Token): Promise<Response> => {
    const headers = new Headers(init.headers ?? (isRequest(input) ? input.headers : undefined));
    headers.set('Authorization', `Bearer ${token.accessToken}`);
    if (subscriptionKey !== undefined) headers.set('Subscription-Key', subscriptionKey);
    if (!headers.has('Subscription-Key')) return fetch(input, { ...init, headers });
    const wished = init.redirect ?? (isRequest(input) ? input.redirect : undefined);
    return fetch(input, { ...init, headers, redirect: wished === 'error' ? 'error' : 'manual' });
  };
  return async (input, init = {}) => {
    const url = isRequest(input) ? input.url : String(input);
    checkTarget(settings, url);
    const signal = init.signal ?? (isRequest(input) ? input.signal : undefined);
    const token = await keeping.get({ signal });
    // A request's own body is read from a copy, so that there is one to send again.
    const response = await send(isRequest(input) ? input.clone() : input, init, token);
    if (response.status !== 401 || (response.redirected && isElsewhere(url, response.url))) return response;
    if (await isOfGateway(response)) return response;
    if (!isRepeatable(init.body)) {
      refusals.replaceInBackground(token);
      return response;
    }
    const other = await refusals.replace(token, signal ?? undefined);
    if (!other) return response;
    await response.body?.cancel().catch(() => undefined); // its connection is free then
    return send(input, init, other);
  };
}

async function isOfGateway(response: Response): Promise<boolean> {
  const challenge = response.headers.get('www-authenticate');
  const isJson = /\bjson\b/i.test(response.headers.get('content-type') ?? '');
  const body = isJson
    ? await response
        .clone()
        .text()
        .catch(() => '')
    : undefined;
  return isAboutSubscriptionKey(challenge, body);
}

/** By what it has: a `Request` of another implementation is no instance of the global one. */
function isRequest(input: Input): input is Request {
  return typeof input === 'object' && 'url' in input && 'clone' in input;
}
