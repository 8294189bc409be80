/** Puts the parts together. */
import { type AxiosLike, attachToAxios } from './attach-to-axios.ts';
import { createAuthorizedFetch } from './authorized-fetch.ts';
import { createOpener } from './credentials.ts';
import { leftMs } from './life.ts';
import { readOptions, type TokenSourceOptions } from './options.ts';
import { createRefusals } from './refusals.ts';
import { createSend } from './send.ts';
import { createService } from './service.ts';
import { createTokenKeeping, type CurrentToken, type GetTokenOptions } from './token-keeping.ts';

export type TokenSource = {
  /**
   * The current access token for Quartile: from memory, where it lives long enough.
   *
   * @returns the token, its end by this machine's clock, and its generation
   * @throws {TokenSourceError} when there is none within `waitMs`
   * @throws {TypeError} for a `minTtlSeconds` that is no number from 0 on
   * @throws the signal's reason, as soon as it aborts
   */
  getToken(options?: GetTokenOptions): Promise<CurrentToken>;
  /**
   * `fetch` with the token. Where Quartile answers 401 the token is reported, and the request sent once more with
   * another one, unless its body is a stream.
   *
   * You get that 401 where the service has no other token, and has none within `waitMs`: it renews no token that is younger than
   * its cool-down (30 s by default), and says how long to wait. Where that is too long, nothing waits. You get the second
   * 401 where that other token is refused, too: two generations ended at once, and this source had missed the second. To the service
   * each refusal is news, so that only a second repeat could avoid it; the next request reports it.
   *
   * @throws what `fetch` throws, and what `getToken` throws
   */
  readonly authorizedFetch: typeof globalThis.fetch;
  /**
   * Makes an instance of axios 1 do the same. Once for each instance, before or after interceptors of your own: they see
   * neither the token nor the 401 of a request that is repeated. Requests reject with what axios throws, a cancelled one
   * with its `CanceledError`, and with what `getToken` throws.
   *
   * @throws {TypeError} for what is no instance of axios 1
   */
  attachTo(instance: AxiosLike): void;
};

/**
 * Makes a source of tokens. One for a process is enough: its parts share one token and one request for it.
 *
 * Nothing is sent before the first call, and nothing runs between calls.
 *
 * @throws {TypeError} for options that cannot be meant
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const settings = readOptions(options);
  const send = createSend(settings);
  const service = createService(send, createOpener(settings, send));
  const keeping = createTokenKeeping(settings, service);
  const refusals = createRefusals(settings, service, keeping);
  return {
    async getToken({ minTtlSeconds, signal } = {}) {
      const { accessToken, endsAt, generation } = await keeping.get({
        minTtlSeconds: wholeSeconds(minTtlSeconds),
        signal,
      });
      return { accessToken, expiresAt: new Date(Date.now() + leftMs(endsAt, settings.readClocks())), generation };
    },
    authorizedFetch: createAuthorizedFetch(settings, keeping, refusals),
    attachTo: (instance) => attachToAxios({ settings, keeping, refusals }, instance),
  };
}

/** The service takes whole seconds: rather more than less. */
function wholeSeconds(given: number | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'number' && given >= 0 && given <= 999_999) return Math.ceil(given);
  throw new TypeError('minTtlSeconds has to be a number of seconds from 0 on');
}
