/** What all authorized requests have in common: where they may go, and what their answers mean. Pure. */
import { isLoopbackHost } from '../loopback.ts';
import { parseJson } from '../parse-json.ts';
import { isObject } from './answers.ts';
import { TokenSourceError } from './errors.ts';

/** Tells whether traffic to this URL cannot be read on its way. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || isLoopbackHost(hostname);
}

export type Limits = {
  /** The root of the token service. */
  readonly root: string;
  /** `undefined`: every origin that is confidential. */
  readonly origins: ReadonlySet<string> | undefined;
};

/**
 * Parses the URL of a request that is to carry the token.
 *
 * @throws {TokenSourceError} `wrong_target` if it must not
 */
export function checkTarget({ root, origins }: Limits, url: string): URL {
  const location: unknown = Reflect.get(globalThis, 'location'); // in browsers, URLs may be relative to it
  const base = isObject(location) && typeof location['href'] === 'string' ? location['href'] : undefined;
  // Not for `fetch` or axios to decide: axios completes such a URL in its own way, up to 1.7.3 to plain http.
  const target = URL.canParse(url, base) ? new URL(url, base) : undefined;
  const isAllowed = target && (origins === undefined ? isConfidential(target) : origins.has(target.origin));
  if (!isAllowed || isBelow(root, target)) throw new TokenSourceError({ code: 'wrong_target' });
  return target;
}

/** Tells whether a URL is part of the service. Azure Functions ignores the case of a path. */
function isBelow(root: string, target: URL): boolean {
  const base = new URL(root);
  const path = `${base.pathname.replace(/\/+$/, '')}/`.toLowerCase();
  return target.origin === base.origin && `${target.pathname}/`.toLowerCase().startsWith(path);
}

/**
 * Tells whether a redirect led to another origin. The token was removed on the way there, so a 401 says nothing about it.
 *
 * @param answered the final URL, if it is known
 */
export function isElsewhere(requested: URL, answered: unknown): boolean {
  return typeof answered === 'string' && URL.canParse(answered) && new URL(answered).origin !== requested.origin;
}

/** By name, because a class of a polyfill or of a package is not the global one. */
const REPEATABLE = /^\[object (ArrayBuffer|SharedArrayBuffer|URLSearchParams|FormData|Blob|File)\]$/;

/** Tells whether a body can be sent a second time. A stream cannot, and the package `form-data` makes streams. */
export function isRepeatable(body: unknown): boolean {
  if (!isObject(body) || ArrayBuffer.isView(body)) return true;
  return REPEATABLE.test(Object.prototype.toString.call(body)) && !('pipe' in body);
}

/**
 * Tells whether a 401 is the gateway's, about the subscription key. Only its words distinguish it from a 401 about the
 * token. A report would rotate everyone's token for nothing.
 *
 * @param body parsed, or as text
 */
export function isAboutSubscriptionKey(challenge: unknown, body: unknown): boolean {
  if (typeof challenge === 'string' && /^AzureApiManagementKey\b/i.test(challenge)) return true;
  const parsed = typeof body === 'string' ? parseJson(body) : body;
  const message = isObject(parsed) ? parsed['message'] : undefined;
  return typeof message === 'string' && /subscription\s+key/i.test(message);
}
