/** Axios's configuration of a request: what is sent in its place. Pure. */
import { isObject } from './answers.ts';
import { isElsewhere } from './upstream.ts';

/** As its adapters get it: whole, and through all interceptors. */
export type AxiosConfig = Readonly<Record<string, unknown>>;

type Secrets = { readonly accessToken: string; readonly subscriptionKey: string | undefined };

export type RedirectTarget = {
  readonly url: string;
  /** Told when a redirect leads to another origin: token and key are gone from then on, and do not come back. */
  readonly onLeave: () => void;
};

/**
 * The configuration that is sent: a copy, so that a repeat begins with the caller's own as it was, and no secret shows in
 * that. What axios has transformed before is not transformed again.
 *
 * On a redirect to another origin axios leaves `Authorization` away, but no header of another name: its adapter for Node's HTTP
 * lets us take both off. That for `fetch` does not, nor does it tell where an answer came from: it follows none.
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
  const others = Object.entries(isObject(headers) ? headers : {}).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...Object.fromEntries(others), ...ours };
}

function guardFetch(wishes: unknown): object {
  const redirect = isObject(wishes) && wishes['redirect'] === 'error' ? 'error' : 'manual';
  return { ...(isObject(wishes) ? wishes : {}), redirect };
}

const SECRET_HEADERS = /^(authorization|subscription-key)$/i;

/** The caller's own wishes hold beside ours, but have no say in what leaves the origin. */
function guardRedirects(wished: unknown, { url, onLeave }: RedirectTarget): (...args: readonly unknown[]) => void {
  return (options, ...more) => {
    if (typeof wished === 'function') wished(options, ...more);
    const { href, headers } = isObject(options) ? options : {};
    if (typeof href === 'string' && URL.canParse(href) && !isElsewhere(url, href)) return;
    onLeave();
    if (!isObject(headers)) return;
    for (const name of Object.keys(headers)) if (SECRET_HEADERS.test(name)) delete headers[name];
  };
}
