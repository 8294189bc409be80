/** `fetch` with the bearer, and once more with another one where Quartile refuses it. */
import type { Settings } from './options.ts';
import type { Refusals } from './refusals.ts';
import type { Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { checkTarget } from './target.ts';
import { isAboutSubscriptionKey, isElsewhere, isRepeatable } from './upstream.ts';
import { join } from './waiting.ts';

type Fetch = typeof globalThis.fetch;
type Input = Parameters<Fetch>[0];
type Init = NonNullable<Parameters<Fetch>[1]>;

/**
 * Makes a `fetch` that authorizes its requests.
 *
 * Browsers' and Node's `fetch` take `Authorization` off before they follow a redirect to another origin, but no header of
 * another name: what has a subscription key is not redirected. A 3xx is the answer then, or an error, as the caller likes.
 * Without such a key redirects are followed, and `fetch` tells where they end, not by what way: a 401 behind another origin and
 * back is taken for one about the token. Better that than none behind a redirect that is harmless.
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
    const wished = init.redirect ?? request?.redirect;
    return fetch(input, { ...init, headers, redirect: wished === 'error' ? 'error' : 'manual' });
  };
  const authorizedFetch = async (input: Input, init: Init): Promise<Response> => {
    const request = isRequest(input) ? input : undefined;
    const url = isRequest(input) ? input.url : String(input);
    checkTarget(settings, url);
    const signal = init.signal ?? request?.signal;
    const askedAtMs = settings.nowMs();
    const token = await keeping.get({ signal });
    const waitMs = settings.waitMs - (settings.nowMs() - askedAtMs);
    // A request's own body is read from a copy, so that there is one to send again.
    const first = init.body === undefined || init.body === null ? request?.clone() : request;
    const response = await send(first ?? input, init, token);
    if (response.status !== 401 || (response.redirected && isElsewhere(url, response.url))) return response;
    if (await isOfGateway(response, signal)) return response;
    if (!isRepeatable(init.body)) {
      refusals.replaceInBackground(token);
      return response;
    }
    const other = await refusals.replace(token, { waitMs, signal });
    if (!other) return response;
    await response.body?.cancel().catch(() => undefined); // its connection is free then
    return send(input, init, other);
  };
  return async (input, init = {}) =>
    // What a `Request` says stands in getters, which no copy of its properties has.
    isRequest(init) ? authorizedFetch(new Request(input, init), {}) : authorizedFetch(input, init);
}

/** How long the body of a 401 is awaited that may be the gateway's: that one is short, and comes with its head. */
const GATEWAY_BODY_MS = 3_000;

/** @throws the signal's reason */
async function isOfGateway(response: Response, signal: AbortSignal | undefined): Promise<boolean> {
  const challenge = response.headers.get('www-authenticate');
  const isJson = /\bjson\b/i.test(response.headers.get('content-type') ?? '');
  return isAboutSubscriptionKey(challenge, isJson ? await readCopy(response, signal) : undefined);
}

/** What has come of a body when the time is over. All of it is left to whoever reads the response itself. */
async function readCopy(response: Response, signal: AbortSignal | undefined): Promise<string> {
  const decoder = new TextDecoder();
  const enough = new AbortController();
  let text = '';
  const sink = new WritableStream<Uint8Array>({
    write: (chunk) => void (text += decoder.decode(chunk, { stream: true })),
  });
  const read = response.clone().body?.pipeTo(sink, { signal: enough.signal });
  try {
    await join(Promise.allSettled([read]), GATEWAY_BODY_MS, { signal });
  } finally {
    enough.abort(); // else the copy would keep the connection
  }
  return text;
}

/** By what it has: a `Request` of another implementation is no instance of the global one. */
function isRequest(input: Input | Init): input is Request {
  return typeof input === 'object' && 'url' in input && 'clone' in input;
}
