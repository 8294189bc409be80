/** The same for axios. Its types are described here by what we use of them: the client depends on nothing. */
import { isObject } from './answers.ts';
import type { Settings } from './options.ts';
import type { Refusals } from './refusals.ts';
import type { Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { checkTarget } from './target.ts';
import { isAboutSubscriptionKey, isElsewhere, isRepeatable } from './upstream.ts';

/** What we use of a request's configuration. */
export type AxiosConfigLike = {
  readonly headers: { set(name: string, value: string): unknown; get(name: string): unknown };
  readonly data?: unknown;
  readonly signal?: unknown;
};

/** What we use of a response. */
export type AxiosResponseLike = {
  readonly status: number;
  readonly headers: unknown;
  readonly data?: unknown;
  readonly config: unknown;
  readonly request?: unknown;
};

/** What we use of an instance: `axios` itself, or what `axios.create()` returns. */
export type AxiosLike = {
  readonly interceptors: {
    readonly request: {
      use(onFulfilled: <Config extends AxiosConfigLike>(config: Config) => Promise<Config>): unknown;
    };
    readonly response: {
      use(
        onFulfilled: <Response extends AxiosResponseLike>(response: Response) => Promise<Response>,
        onRejected: (error: unknown) => Promise<unknown>,
      ): unknown;
    };
  };
  getUri(config: unknown): string;
  request(config: unknown): Promise<unknown>;
};

/** The mark of a request that is the second of its kind; a text, because axios copies no symbols. */
const REPEATED = 'quartileTokenKeeperRepeated';

/** How many of the last tokens are told apart: requests that are still under way may have been sent with any of them. */
const REMEMBERED = 8;

type Parts = {
  readonly settings: Settings;
  readonly keeping: Pick<TokenKeeping, 'get'>;
  readonly refusals: Refusals;
};

/**
 * Authorizes the requests of an instance, and repeats once what is refused. Its other response interceptors come first.
 *
 * On a redirect to another origin axios leaves `Authorization` away, but no header of another name: its adapter for Node's HTTP
 * lets us take both off. That for `fetch` does not, nor does it tell where an answer came from: it follows none.
 */
export function attachToAxios({ settings, keeping, refusals }: Parts, instance: AxiosLike): void {
  const sent = new Map<string, Token>();

  instance.interceptors.request.use(async (config) => {
    const url = instance.getUri(config);
    checkTarget(settings, url);
    const token = await keeping.get({ signal: signalOf(config) });
    remember(sent, token);
    config.headers.set('Authorization', `Bearer ${token.accessToken}`);
    if (settings.subscriptionKey !== undefined) config.headers.set('Subscription-Key', settings.subscriptionKey);
    return Object.assign(config, guardRedirects(config, url));
  });

  /** The answer to the repeated request; none where it is not repeated. */
  const repeat = async ({ config, ...response }: AxiosResponseLike): Promise<{ answer: unknown } | undefined> => {
    if (response.status !== 401 || !isConfig(config) || Reflect.has(config, REPEATED)) return undefined;
    const token = sent.get(String(config.headers.get('Authorization')));
    const challenge = isObject(response.headers) ? response.headers['www-authenticate'] : undefined;
    if (!token || isElsewhere(instance.getUri(config), finalUrl(response.request))) return undefined;
    if (isAboutSubscriptionKey(challenge, response.data)) return undefined;
    if (!isRepeatable(config.data)) {
      refusals.replaceInBackground(token);
      return undefined;
    }
    if (!(await refusals.replace(token, signalOf(config)))) return undefined;
    await discard(response.data);
    return { answer: await instance.request(Object.assign(config, { [REPEATED]: true })) };
  };

  instance.interceptors.response.use(
    async (response) => {
      // A 401 that `validateStatus` lets through; or whatever the interceptors before this one have made of an answer.
      const repeated = isResponse(response) ? await repeat(response) : undefined;
      return repeated ? Object.assign(response, repeated.answer) : response;
    },
    async (error) => {
      const response = isObject(error) ? error['response'] : undefined;
      const repeated = isResponse(response) ? await repeat(response) : undefined;
      if (repeated) return repeated.answer;
      throw error;
    },
  );
}

/** A stream that nobody reads would keep its connection. */
async function discard(body: unknown): Promise<void> {
  if (body instanceof ReadableStream) await body.cancel().catch(() => undefined);
  else if (isObject(body) && typeof body['destroy'] === 'function') body['destroy'](); // one of Node's
}

function remember(sent: Map<string, Token>, token: Token): void {
  const key = `Bearer ${token.accessToken}`;
  sent.delete(key);
  sent.set(key, token);
  for (const oldest of sent.keys()) if (sent.size > REMEMBERED) sent.delete(oldest);
}

/** Where the answer came from: Node's HTTP tells, through axios, and so do browsers. */
function finalUrl(request: unknown): unknown {
  const incoming = isObject(request) ? (request['res'] ?? request) : undefined;
  return isObject(incoming) ? (incoming['responseUrl'] ?? incoming['responseURL']) : undefined;
}

const SECRET_HEADERS = /^(authorization|subscription-key)$/i;

/** What makes both of axios's adapters for Node keep token and key where they belong. The caller's own wishes hold beside it. */
function guardRedirects(config: object, requested: string): object {
  const wishes: unknown = Reflect.get(config, 'fetchOptions');
  const redirect = isObject(wishes) && wishes['redirect'] === 'error' ? 'error' : 'manual';
  const beforeRedirect: unknown = Reflect.get(config, 'beforeRedirect');
  return {
    fetchOptions: { ...(isObject(wishes) ? wishes : {}), redirect },
    beforeRedirect: (options: unknown, ...more: readonly unknown[]) => {
      if (typeof beforeRedirect === 'function') beforeRedirect(options, ...more);
      const { href, headers } = isObject(options) ? options : {};
      const isNear = typeof href === 'string' && URL.canParse(href) && !isElsewhere(requested, href);
      if (isNear || !isObject(headers)) return;
      for (const name of Object.keys(headers)) if (SECRET_HEADERS.test(name)) delete headers[name];
    },
  };
}

function signalOf({ signal }: AxiosConfigLike): AbortSignal | undefined {
  return signal instanceof AbortSignal ? signal : undefined;
}

function isConfig(value: unknown): value is AxiosConfigLike {
  const headers = isObject(value) ? value['headers'] : undefined;
  return isObject(headers) && typeof headers['get'] === 'function' && typeof headers['set'] === 'function';
}

function isResponse(value: unknown): value is AxiosResponseLike {
  return isObject(value) && typeof value['status'] === 'number' && isObject(value['config']);
}
