/** The options of a token source, read once. Pure. */
import { isHeaderText } from './answers.ts';
import type { Moment } from './token.ts';
import { isConfidential } from './upstream.ts';

type Fetch = typeof globalThis.fetch;

/** Options of {@link createTokenSource}. Required: `url`, and one of the two kinds of credentials. */
export type TokenSourceOptions = {
  /**
   * The app's root, without `/api`: `https://NAME.azurewebsites.net`. No query, no credentials. Plain http only on this
   * machine: `localhost`, 127.0.0.0/8 or `[::1]`.
   */
  readonly url: string | URL;
  /** The function key. Not together with `clientId`. */
  readonly functionKey?: string | undefined;
  /** With `clientSecret`, if the service runs with `CALLER_AUTH=jwt`. */
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  /** Sent as `Subscription-Key` with each request to Quartile. Default: none is sent. */
  readonly subscriptionKey?: string | undefined;
  /**
   * The only origins that may receive the token, such as `https://api.quartile.com`. Default: every https origin, and this
   * machine. Set it if URLs come from elsewhere, such as the link to a next page.
   */
  readonly origins?: readonly (string | URL)[] | undefined;
  /** Sends requests to the service and, in `authorizedFetch`, to Quartile. Default: the global `fetch`. */
  readonly fetch?: Fetch | undefined;
  /** The limit of one request to the service, in milliseconds. Default 28,000: the service itself waits up to 25 s. */
  readonly timeoutMs?: number | undefined;
  /**
   * The longest wait of a caller for a token, in milliseconds, over all requests and pauses. Default 30,000. If a pause
   * would end later, the caller receives the error at once.
   */
  readonly waitMs?: number | undefined;
  /** With less left than this, the source looks for a newer token in the background. Default 300. */
  readonly renewBeforeSeconds?: number | undefined;
  /**
   * A clock that never goes back, in milliseconds from any start. Default: `performance.now`, or the wall clock if more
   * time has passed on it, because the machine slept. If you set this option, no other clock is read: yours must go on while
   * the machine sleeps.
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
  /** `undefined`: every origin that is confidential. */
  readonly origins: ReadonlySet<string> | undefined;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly waitMs: number;
  readonly renewBeforeMs: number;
  /** The steady clock, for waits and pauses. */
  readonly nowMs: () => number;
  /** Both clocks, for the life of a token. */
  readonly readClocks: () => Moment;
};

/** @throws {TypeError} it names the option, never the value */
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
    throw new TypeError('url must be the root of the token service: https, without query, fragment or credentials');
  }
  if (!isConfidential(url)) throw new TypeError('url must be https, except on this machine: it receives keys');
  const root = (url.origin + url.pathname).replace(/\/+$/, '');
  if (/\/api(\/token)?$/i.test(root)) throw new TypeError('url must be the root of the token service, without /api');
  return root;
}

function readOrigins(given: readonly (string | URL)[]): ReadonlySet<string> {
  const origins = Array.isArray(given) ? given.map(String).filter(isOrigin) : [];
  if (origins.length > 0 && origins.length === given.length)
    return new Set(origins.map((text) => new URL(text).origin));
  throw new TypeError('origins must be a list such as ["https://api.quartile.com"]: http(s), without path or query');
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
  throw new TypeError('Set either functionKey, or clientId and clientSecret; none of them may be empty');
}

/** Checked here because the error that `fetch` throws would quote it. */
function readHeaderText(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (isHeaderText(text)) return text;
  throw new TypeError(`${name} must be text that a header can carry: not empty, no spaces, no line breaks`);
}

/** The longest time that a timer can measure. */
const LONGEST = 2 ** 31 - 1;

function readDuration(name: string, given: number | undefined, byDefault: number): number {
  if (given === undefined) return byDefault;
  if (typeof given === 'number' && given >= 0 && given <= LONGEST) return given;
  throw new TypeError(`${name} must be a number from 0 to ${LONGEST}`);
}
