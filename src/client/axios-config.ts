/** The configuration that is sent instead of the caller's. Pure. */
import { isObject } from './answers.ts';
import { isElsewhere } from './upstream.ts';

/** The configuration of one request, as an adapter receives it: complete, after all interceptors. */
export type AxiosConfig = Readonly<Record<string, unknown>>;

type Secrets = { readonly accessToken: string; readonly subscriptionKey: string | undefined };

export type RedirectTarget = {
  readonly url: string;
  /** Called when a redirect leads to another origin. The secrets are removed there and do not come back. */
  readonly onLeave: () => void;
};

/**
 * Copies the configuration, so that a repeat starts from the caller's own, which contains no secret. axios has transformed
 * the data already.
 *
 * On a redirect to another origin axios removes `Authorization` but no other header. Its adapter for Node's HTTP lets us
 * remove both. Its adapter for `fetch` does not, so that one follows no redirect.
 */
export function authorizeConfig(config: AxiosConfig, target: RedirectTarget, secrets: Secrets): AxiosConfig {
  return {
    ...config,
    headers: authorizeHeaders(config['headers'], secrets),
    fetchOptions: guardFetch(config['fetchOptions']),
    beforeRedirect: guardRedirects(config['beforeRedirect'], target),
    transformRequest: [],
    transformResponse: [],
  };
}

function authorizeHeaders(headers: unknown, { accessToken, subscriptionKey }: Secrets): object {
  const ours = {
    Authorization: `Bearer ${accessToken}`,
    ...(subscriptionKey !== undefined && { 'Subscription-Key': subscriptionKey }),
  };
  const names = new Set(Object.keys(ours).map((name) => name.toLowerCase()));
  const others = Object.entries(readHeaders(headers)).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(others), ...ours };
}

/**
 * Before 1.2, axios keeps default headers where only `toJSON` finds them, with a function among them if a configuration is
 * sent again. `toJSON` leaves out headers that are switched off, so the own properties are needed too.
 */
function readHeaders(headers: unknown): object {
  const all: unknown = isObject(headers) && typeof headers['toJSON'] === 'function' ? headers['toJSON']() : {};
  const defaults = Object.entries(isObject(all) ? all : {}).filter(([, value]) => typeof value !== 'function');
  return { ...Object.fromEntries(defaults), ...(isObject(headers) ? headers : {}) };
}

function guardFetch(options: unknown): object {
  const redirect = isObject(options) && options['redirect'] === 'error' ? 'error' : 'manual';
  return { ...(isObject(options) ? options : {}), redirect };
}

const SECRET_HEADERS = /^(authorization|subscription-key)$/i;

/** The caller's own `beforeRedirect` runs first, so that it cannot add a secret. */
function guardRedirects(own: unknown, { url, onLeave }: RedirectTarget): (...args: readonly unknown[]) => void {
  return (options, ...more) => {
    if (typeof own === 'function') own(options, ...more);
    const { href, headers } = isObject(options) ? options : {};
    if (typeof href === 'string' && URL.canParse(href) && !isElsewhere(url, href)) return;
    onLeave();
    if (!isObject(headers)) return;
    for (const name of Object.keys(headers)) if (SECRET_HEADERS.test(name)) delete headers[name];
  };
}
