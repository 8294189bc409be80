/** Where a request may go that carries the token. */
import { isObject } from './answers.ts';
import { TokenSourceError } from './errors.ts';
import type { Settings } from './options.ts';
import { isBelow, isConfidential } from './upstream.ts';

/**
 * Lets nothing with a token go to the service itself, in the clear over a network, or beyond the origins that were named.
 *
 * @throws {TokenSourceError} `wrong_target`
 */
export function checkTarget({ root, origins }: Pick<Settings, 'root' | 'origins'>, url: string): void {
  const location: unknown = Reflect.get(globalThis, 'location'); // only in browsers: what a URL may be relative to
  const base = isObject(location) && typeof location['href'] === 'string' ? location['href'] : undefined;
  if (!URL.canParse(url, base)) return; // whoever sends it says so
  const target = new URL(url, base);
  const isOpen = origins === undefined ? isConfidential(target) : origins.has(target.origin);
  if (!isOpen || isBelow(root, target.href)) throw new TokenSourceError({ code: 'wrong_target' });
}
