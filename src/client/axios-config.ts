/** The configuration that is sent instead of the caller's. Pure. */
import { isObject } from './answers.ts';
import { isElsewhere } from './upstream.ts';

/** The configuration of one request, as an adapter receives it: complete, after all interceptors. */
export type AxiosConfig = Readonly<Record<string, unknown>>;

type Secrets = { readonly accessToken: string; readonly subscriptionKey: string | undefined };

export type RedirectTarget = {
  /** Without the parameters of the configuration. */
  readonly url: URL;
  /** Called when a redirect leads to another origin. The secrets are removed there, and a later redirect does not restore them. */
  readonly onLeave: () => void;
};

/**
 * Copies the configuration, so that a repeat starts from the caller's own, which contains no secret. axios has transformed
 * the data already. From `auth` and from a user in the URL it would make another `Authorization`, so both are removed.
 *
 * On a redirect to another origin axios removes `Authorization` but no other header. Its adapter for Node's HTTP lets us
 * remove both. Its adapter for `fetch` does not, so that one follows no redirect.
 */
export function authorizeConfig(config: AxiosConfig, target: RedirectTarget, secrets: Secrets): AxiosConfig {
  return {
    ...config,
    ...removeUser(target.url),
    auth: undefined,
    headers: authorizeHeaders(config['headers'], secrets),
    fetchOptions: guardFetch(config['fetchOptions']),
    beforeRedirect: guardRedirects(config['beforeRedirect'], target),
    transformRequest: [],
    transformResponse: [],
  };
}

/** The URL is left as the caller wrote it if it names no user: adapters of test tools compare it. */
function removeUser(url: URL): AxiosConfig {
  if (url.username === '' && url.password === '') return {};
  const anonymous = new URL(url);
  anonymous.username = '';
  anonymous.password = '';
  return { url: anonymous.href, baseURL: undefined };
}

function authorizeHeaders(headers: unknown, { accessToken, subscriptionKey }: Secrets): object {
  return replaceHeaders(headers, {
    Authorization: `Bearer ${accessToken}`,
    ...(subscriptionKey !== undefined && { 'Subscription-Key': subscriptionKey }),
  });
}

function replaceHeaders(headers: unknown, ours: Readonly<Record<string, unknown>>): object {
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

/**
 * Replaces a form of the package `form-data` by its bytes. In Node, axios makes such a form of an object, and it can be read
 * once. A form that contains a stream stays as it is.
 */
export function makeRepeatable(config: AxiosConfig): AxiosConfig {
  const { data, headers } = config;
  if (!isObject(data) || typeof data['getBuffer'] !== 'function' || typeof data['getHeaders'] !== 'function')
    return config;
  try {
    const bytes: unknown = data['getBuffer']();
    const own: unknown = data['getHeaders'](); // with the boundary
    return { ...config, data: bytes, headers: replaceHeaders(headers, isObject(own) ? own : {}) };
  } catch {
    return config;
  }
}
