/**
 * The client of the token service, for programs that call Quartile. It needs only `fetch`, timers and `AbortSignal`, as Node
 * 20 or later and browsers have them. (Browsers need a proxy of your own: the service sends no CORS headers.)
 */
import { createAuthorizedFetch } from './authorized-fetch.ts';
import { attachToAxios, type AxiosLike } from './axios.ts';
import { createCredentials } from './credentials.ts';
import { readOptions, type TokenSourceOptions } from './options.ts';
import { createRefusals } from './refusals.ts';
import { createSend, createService } from './service.ts';
import { leftMs } from './token.ts';
import { createTokenKeeping, type GetTokenOptions } from './token-keeping.ts';

export { TokenSourceError, type TokenSourceErrorCode } from './errors.ts';
export type { AxiosLike, AxiosSender } from './axios.ts';
export type { TokenSourceOptions } from './options.ts';
export type { GetTokenOptions } from './token-keeping.ts';

export type CurrentToken = {
  readonly accessToken: string;
  /** By this machine's clock, whatever the service's clock says. */
  readonly expiresAt: Date;
  /** Counts rotations. */
  readonly generation: number;
};

export type TokenSource = {
  /**
   * Returns the current access token for Quartile, from memory if it has enough life left.
   *
   * @throws {TokenSourceError} if there is none within `waitMs`
   * @throws {TypeError} if `minTtlSeconds` is not a number from 0
   * @throws the signal's reason, as soon as it aborts
   */
  getToken(options?: GetTokenOptions): Promise<CurrentToken>;
  /**
   * `fetch` with the token. If Quartile answers 401, the token is reported, and the request is sent once more with another
   * token, unless its body is a stream.
   *
   * The 401 is returned if the service has no other token within `waitMs`: it rotates no token that is younger than its
   * cool-down (30 s by default), and says how long to wait. The second 401 is returned if the other token is refused too.
   *
   * @throws what `fetch` throws, and what `getToken` throws
   */
  readonly authorizedFetch: typeof globalThis.fetch;
  /**
   * Makes an axios 1 instance do the same. Attach once per instance, before or after interceptors of your own: they see
   * neither the token nor the 401 of a request that is repeated. Requests reject with what axios throws (a cancelled one
   * with `CanceledError`), and with what `getToken` throws.
   *
   * @throws {TypeError} if this is no instance of axios 1
   */
  attachTo(instance: AxiosLike): void;
};

/**
 * Makes a source of tokens. One per process is enough: all its callers share one token and one request for it. It sends
 * nothing before the first call, and runs nothing between calls.
 *
 * @throws {TypeError} for an invalid option
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const settings = readOptions(options);
  const send = createSend(settings);
  const service = createService(send, createCredentials(settings, send));
  const keeping = createTokenKeeping(settings, service);
  const refusals = createRefusals(settings, service, keeping);
  return {
    async getToken({ minTtlSeconds, signal } = {}) {
      const token = await keeping.get({ minTtlSeconds: readMinTtl(minTtlSeconds), signal });
      const expiresAt = new Date(Date.now() + leftMs(token.endsAt, settings.readClocks()));
      return { accessToken: token.accessToken, expiresAt, generation: token.generation };
    },
    authorizedFetch: createAuthorizedFetch(settings, keeping, refusals),
    attachTo: (instance) => attachToAxios({ settings, keeping, refusals }, instance),
  };
}

/** Rounds up: the service takes whole seconds. */
function readMinTtl(given: number | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'number' && given >= 0 && given <= 999_999) return Math.ceil(given);
  throw new TypeError('minTtlSeconds must be a number of seconds from 0 to 999999');
}
