/** What a token source is told, read once. Pure. */
import type { Moment } from './life.ts';
import { isConfidential } from './upstream.ts';

type Fetch = typeof globalThis.fetch;

/** Options of {@link createTokenSource}: where the service is, one of the two kinds of credentials, and what has defaults. */
export type TokenSourceOptions = {
  /**
   * The app's root, without `/api`: `https://NAME.azurewebsites.net`. Without query and credentials. By plain http only on this
   * machine, such as `http://localhost:7071`.
   */
  readonly url: string | URL;
  /** The function key. Not together with `clientId`. */
  readonly functionKey?: string | undefined;
  /** With `clientSecret`: where the service runs with `CALLER_AUTH=jwt`. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Goes as `Subscription-Key` with each request to Quartile. Default: none is sent. */
  readonly subscriptionKey?: string | undefined;
  /**
   * The only origins that requests with the token may go to, such as `https://api.quartile.com`. Default: any by https, and
   * this machine's own. Worth naming where URLs come from elsewhere, as those of a next page do.
   */
  readonly origins?: readonly (string | URL)[] | undefined;
  /** Sends requests to the service and, in `authorizedFetch`, to Quartile. Default: the global one. */
  readonly fetch?: Fetch | undefined;
  /** The longest that one request to the service may take, in milliseconds. Default 28,000: the service waits up to 25 s. */
  readonly timeoutMs?: number | undefined;
  /**
   * The longest that a caller waits for a token, in milliseconds, over all requests and pauses. Default 30,000. A pause that
   * would end later is not begun: the caller is told at once.
   */
  readonly waitMs?: number | undefined;
  /** A token with less left than this is renewed in the background. Default 300. */
  readonly renewBeforeSeconds?: number | undefined;
  /**
   * A clock that never goes back, in milliseconds from whenever. Default: `performance.now`, and the wall clock where more time
   * has passed by that, as it has once the machine has slept. With one of your own no other clock is read: it has to go on
   * while the machine sleeps.
   */
  readonly now?: (() => number) | undefined;
};

export type Credentials =
  | { readonly kind: 'function-key'; readonly functionKey: string }
  | { readonly kind: 'client'; readonly clientId: string; readonly clientSecret: string };

export type Settings = {
  /** Without a trailing slash. */
  readonly root: string;
  readonly credentials: Credentials;
  readonly subscriptionKey: string | undefined;
  /** `undefined`: any that is confidential. */
  readonly origins: ReadonlySet<string> | undefined;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly waitMs: number;
  readonly renewBeforeMs: number;
  /** The steady clock, for pauses and patience. */
  readonly nowMs: () => number;
  /** Both clocks, for how long a token lives. */
  readonly readClocks: () => Moment;
};

/** @throws {TypeError} which names the option, never its value */
export function readOptions(options: TokenSourceOptions): Settings {
  const nowMs = options.now ?? (() => performance.now());
  const readWall = options.now ?? Date.now;
  return {
    root: readRoot(options.url),
    credentials: readCredentials(options),
    subscriptionKey: readHeaderText('subscriptionKey', options.subscriptionKey),
    origins: options.origins === undefined ? undefined : readOrigins(options.origins),
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
    timeoutMs: readDuration('timeoutMs', options.timeoutMs, 28_000),
    waitMs: readDuration('waitMs', options.waitMs, 30_000),
    renewBeforeMs: readDuration('renewBeforeSeconds', options.renewBeforeSeconds, 300) * 1000,
    nowMs,
    readClocks: () => ({ steadyMs: nowMs(), wallMs: readWall() }),
  };
}

function readRoot(given: string | URL): string {
  const text = String(given);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (!url || !isHttp || url.search || url.hash || url.username || url.password) {
    throw new TypeError('url has to be the root of the token service: https, without query, fragment or credentials');
  }
  if (!isConfidential(url))
    throw new TypeError('url has to be https: keys and tokens go there. On this machine http will do');
  const root = (url.origin + url.pathname).replace(/\/+$/, '');
  if (/\/api(\/token)?$/i.test(root)) throw new TypeError('url has to be the root of the token service, without /api');
  return root;
}

function readOrigins(given: readonly (string | URL)[]): ReadonlySet<string> {
  const origins = Array.isArray(given) ? given.map(String).filter(isOrigin) : [];
  if (origins.length > 0 && origins.length === given.length)
    return new Set(origins.map((text) => new URL(text).origin));
  throw new TypeError('origins has to be a list, such as ["https://api.quartile.com"]: http(s), without path or query');
}

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:/.test(url.origin) && url.href === `${url.origin}/`;
}

function readCredentials({ functionKey, clientId, clientSecret }: TokenSourceOptions): Credentials {
  if (functionKey !== undefined && clientId === undefined && clientSecret === undefined) {
    const key = readHeaderText('functionKey', functionKey);
    if (key !== undefined) return { kind: 'function-key', functionKey: key };
  }
  if (clientId && clientSecret && functionKey === undefined) return { kind: 'client', clientId, clientSecret };
  throw new TypeError('Give either functionKey, or clientId and clientSecret; none of them empty');
}

/** What stands in a header is checked here: `fetch` would say it again in its error. */
function readHeaderText(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (typeof text === 'string' && /^[\x21-\x7e]+$/.test(text)) return text;
  throw new TypeError(`${name} has to be a text that can stand in a header: not empty, without spaces and line ends`);
}

/** The longest that timers can do. */
const LONGEST = 2 ** 31 - 1;

function readDuration(name: string, given: number | undefined, usual: number): number {
  if (given === undefined) return usual;
  if (typeof given === 'number' && given >= 0 && given <= LONGEST) return given;
  throw new TypeError(`${name} has to be a number from 0 on`);
}
