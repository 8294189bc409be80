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

/** @throws {TokenSourceError} `wrong_target` if a request to this URL must not carry the token */
export function checkTarget({ root, origins }: Limits, url: string): void {
  const location: unknown = Reflect.get(globalThis, 'location'); // in browsers, URLs may be relative to it
  const base = isObject(location) && typeof location['href'] === 'string' ? location['href'] : undefined;
  if (!URL.canParse(url, base)) return; // `fetch` and axios report it
  const target = new URL(url, base);
  const isAllowed = origins === undefined ? isConfidential(target) : origins.has(target.origin);
  if (!isAllowed || isBelow(root, target)) throw new TokenSourceError({ code: 'wrong_target' });
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
export function isElsewhere(requested: string, answered: unknown): boolean {
  if (typeof answered !== 'string' || !URL.canParse(requested) || !URL.canParse(answered)) return false;
  return new URL(requested).origin !== new URL(answered).origin;
}

/** Tells whether a body can be sent a second time. A stream cannot. */
export function isRepeatable(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true;
  return body instanceof URLSearchParams || body instanceof FormData || body instanceof Blob;
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
