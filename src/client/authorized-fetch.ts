/** `fetch` with the bearer, and once more with another one where Quartile refuses it. */
import { isObject } from './answers.ts';
import { TokenSourceError } from './errors.ts';
import type { Settings } from './options.ts';
import type { Refusals } from './refusals.ts';
import type { Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { isAboutSubscriptionKey, isBelow, isElsewhere, isRepeatable } from './upstream.ts';

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = NonNullable<Parameters<Fetch>[1]>;

/**
 * Makes a `fetch` that authorizes its requests.
 *
 * Browsers' and Node's `fetch` take `Authorization` off before they follow a redirect to another origin, but no header of
 * another name: with a subscription key redirects are not followed, unless the caller wants it.
 */
export function createAuthorizedFetch(
  { root, subscriptionKey, fetch }: Settings,
  keeping: Pick<TokenKeeping, 'get'>,
  refusals: Refusals,
): Fetch {
  const send = (input: Input, init: Init, token: Token): Promise<Response> => {
    const headers = new Headers(init.headers ?? (isRequest(input) ? input.headers : undefined));
    headers.set('Authorization', `Bearer ${token.accessToken}`);
    if (subscriptionKey === undefined) return fetch(input, { ...init, headers });
    headers.set('Subscription-Key', subscriptionKey);
    return fetch(input, { redirect: 'manual', ...init, headers });
  };
  return async (input, init = {}) => {
    const url = isRequest(input) ? input.url : String(input);
    refuseOwnUrl(root, url);
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

/** @throws {TokenSourceError} `wrong_target` for a URL of the service: it is no place for its token */
export function refuseOwnUrl(root: string, url: string): void {
  const location: unknown = Reflect.get(globalThis, 'location'); // only in browsers: what a URL may be relative to
  const base = isObject(location) && typeof location['href'] === 'string' ? location['href'] : undefined;
  if (!URL.canParse(url, base)) return; // `fetch` says so
  if (isBelow(root, new URL(url, base).href)) throw new TokenSourceError({ code: 'wrong_target' });
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
