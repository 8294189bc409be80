/** What authorized requests have in common, however they are sent: where they go, and what is answered. Pure. */
import { isObject } from './answers.ts';

/** Whether a URL hangs below the service's root. A path's case does not matter to Azure Functions. */
export function isBelow(root: string, url: string): boolean {
  const [base, target] = [new URL(root), new URL(url)];
  const path = `${base.pathname.replace(/\/+$/, '')}/`.toLowerCase();
  return target.origin === base.origin && `${target.pathname}/`.toLowerCase().startsWith(path);
}

/** Whether nobody on the way can read what goes there. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

/**
 * Whether an answer is another origin's, behind a redirect. The bearer was taken off on the way there: a 401 says nothing about
 * it.
 *
 * @param answered the final URL, where it is known
 */
export function isElsewhere(requested: string, answered: unknown): boolean {
  if (typeof answered !== 'string' || !URL.canParse(requested) || !URL.canParse(answered)) return false;
  return new URL(requested).origin !== new URL(answered).origin;
}

/** Whether a body can be sent a second time: a stream is gone once it was read. */
export function isRepeatable(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true;
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true;
  return body instanceof URLSearchParams || body instanceof FormData || body instanceof Blob;
}

/**
 * Whether a 401 is about the subscription key: the gateway's, whose words are all that tells it from one about the token.
 * To report a token for that would renew it in vain, for everybody.
 *
 * @param body parsed, or as text
 */
export function isAboutSubscriptionKey(challenge: unknown, body: unknown): boolean {
  if (typeof challenge === 'string' && /^AzureApiManagementKey\b/i.test(challenge)) return true;
  const parsed = typeof body === 'string' ? parseJson(body) : body;
  const message = isObject(parsed) ? parsed['message'] : undefined;
  return typeof message === 'string' && /subscription\s+key/i.test(message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
