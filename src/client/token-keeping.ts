/**
 * Keeps the current token. `get` follows these rules, from top to bottom, until one of them returns or throws:
 *
 * 1. While a report is in flight, callers wait for its result, at most 5 s: the known token may be the refused one.
 * 2. A token with enough life left is served from memory. Enough is `minTtlSeconds`, or 10 s without it. If less than
 *    `renewBeforeSeconds` is left, one request in the background looks for a newer token, at most every 30 s.
 * 3. The answer to a strict request (one with `min_ttl`) that was sent after this call began is served, although a part of
 *    the promised life has passed since.
 * 4. A token with less than 10 s left is served if a request for a newer one has just failed, or must not be sent yet.
 * 5. After a failure there is a pause. A caller whose time ends before the pause receives the error at once.
 * 6. A caller whose time is over receives `timed_out`.
 * 7. Outside of a pause a request is sent, unless one of its kind is in flight. There are two kinds, plain and strict,
 *    because a strict one may take long.
 * 8. The caller waits until any request ends, the pause ends, or 2 s before the known token expires.
 *
 * A caller's signal and time end its own wait, never a request. A token that was reported is only replaced by a newer one.
 * After an answer that a cache may have given, every request has a URL of its own. If that answer was needed, the request is
 * repeated in this way at once.
 */
import { mayPass, TokenSourceError } from './errors.ts';
import type { Settings } from './options.ts';
import type { Service } from './service.ts';
import { chooseToken, DEAD_BELOW_MS, isAlive, isNewer, leftMs, mayBeCached, type Token } from './token.ts';
import { join, type Pause, startPause } from './waiting.ts';

export type GetTokenOptions = {
  /** The life that the token must have left, in seconds. At most the service's margin, 3600 by default. */
  readonly minTtlSeconds?: number | undefined;
  /** Ends this caller's wait. */
  readonly signal?: AbortSignal | undefined;
};

export type TokenKeeping = {
  /** @throws {TokenSourceError} and the signal's reason */
  get(options?: GetTokenOptions & { readonly waitMs?: number }): Promise<Token>;
  /** The last token, valid or not. */
  known(): Token | undefined;
  /** Takes note of a report in flight. It must not reject, and there must be one at a time. */
  hold(report: Promise<unknown>): void;
  /** Keeps the token that a report returned instead of `refused`. */
  replace(refused: Token, token: Token): void;
};

type Kind = 'plain' | 'strict';

const LOOK_EVERY_MS = 30_000;
const LONGEST_HOLD_MS = 5_000;
const DYING_BELOW_MS = 10_000;
const SPARE_MS = 2_000;

export function createTokenKeeping(settings: Settings, service: Pick<Service, 'fetchToken'>): TokenKeeping {
  const { renewBeforeMs, nowMs, readClocks } = settings;
  let known: Token | undefined;
  let refused: Token | undefined;
  let nextLookMs = -Infinity;
  let isCached = false;
  let report: Promise<unknown> | undefined;
  const requests: Partial<Record<Kind, Promise<void> | undefined>> = {};
  const pauses: Partial<Record<Kind, (Pause & { readonly minTtlMs: number }) | undefined>> = {};

  const keep = (token: Token, isFresh: boolean): void => {
    if (!refused || isNewer(token, refused)) known = chooseToken(known, token, readClocks(), isFresh);
  };
  const request = async (kind: Kind, minTtlSeconds: number | undefined): Promise<void> => {
    const minTtlMs = (minTtlSeconds ?? 0) * 1000;
    let result = await service.fetchToken(minTtlSeconds, isCached);
    if (result.ok && !isCached && mayBeCached(result.value, known, readClocks())) {
      isCached = true;
      if (minTtlMs === 0 && known && isAlive(known, readClocks())) return; // a look: the next one is soon enough
      result = await service.fetchToken(minTtlSeconds, isCached);
    }
    if (result.ok) keep(result.value, isCached);
    const isKept = result.ok && known?.accessToken === result.value.accessToken && result.value.lifeMs >= minTtlMs;
    const isEnough = result.ok && known && isAlive(known, readClocks()) && (isKept || minTtlMs === 0);
    if (isEnough) {
      pauses.plain = undefined;
      if (pauses.strict && pauses.strict.minTtlMs <= minTtlMs) pauses.strict = undefined;
    } else {
      const failure = result.ok ? ({ code: 'unavailable', detail: 'old_token' } as const) : result.error;
      pauses[kind] = { ...startPause(failure, nowMs(), pauses[kind]), minTtlMs };
    }
  };
  const send = (minTtlSeconds: number | undefined): void => {
    const kind = kindOf(minTtlSeconds);
    nextLookMs = nowMs() + LOOK_EVERY_MS;
    requests[kind] ??= request(kind, minTtlSeconds).finally(() => (requests[kind] = undefined));
  };
  const pauseFor = (minTtlMs: number): Pause | undefined =>
    // A failed strict request says nothing about a request for less.
    [pauses.plain, pauses.strict].find((pause) => pause && pause.minTtlMs <= minTtlMs && nowMs() < pause.untilMs);
  const lookInBackground = (): void => {
    if (!requests.plain && !requests.strict && !pauseFor(0) && nowMs() >= nextLookMs) send(undefined);
  };

  const get: TokenKeeping['get'] = async ({ minTtlSeconds, signal, waitMs = settings.waitMs } = {}) => {
    const kind = kindOf(minTtlSeconds);
    const minTtlMs = (minTtlSeconds ?? 0) * 1000;
    const enoughMs = Math.max(DEAD_BELOW_MS, kind === 'strict' ? minTtlMs : DYING_BELOW_MS);
    const startedAtMs = nowMs();
    const untilMs = startedAtMs + waitMs;

    if (report) await join(report, Math.min(LONGEST_HOLD_MS, waitMs), signal); // 1
    for (let hasTried = false; ; hasTried = true) {
      signal?.throwIfAborted();
      const lifeMs = known ? leftMs(known.endsAt, readClocks()) : 0;
      const isAnswer = known && known.sentAt.steadyMs >= startedAtMs && known.lifeMs >= minTtlMs;
      if (known && lifeMs >= enoughMs) {
        if (lifeMs < renewBeforeMs) lookInBackground();
        return known; // 2
      }
      if (known && lifeMs >= DEAD_BELOW_MS) {
        if (kind === 'strict' && isAnswer) return known; // 3
        if (kind === 'plain' && (hasTried || pauseFor(0))) return known; // 4
      }
      const pause = requests[kind] ? undefined : pauseFor(minTtlMs);
      if (pause && (!mayPass(pause.failure) || pause.untilMs > untilMs)) {
        throw new TokenSourceError(pause.failure, pause.untilMs - nowMs()); // 5
      }
      if (hasTried && nowMs() >= untilMs) throw new TokenSourceError({ code: 'timed_out' }); // 6
      if (!pause) send(minTtlSeconds); // 7
      const isDying = kind === 'plain' && lifeMs >= DEAD_BELOW_MS;
      const endsMs = [untilMs, pause?.untilMs ?? Infinity, isDying ? nowMs() + lifeMs - SPARE_MS : Infinity];
      const inFlight = [requests.plain, requests.strict, report].filter((work) => work !== undefined);
      await join(Promise.race(inFlight), Math.max(0, Math.min(...endsMs) - nowMs()), signal); // 8
    }
  };

  return {
    get,
    known: () => known,
    hold: (work) => {
      report = work.finally(() => (report = undefined));
    },
    replace(used, token) {
      if (!refused || isNewer(used, refused)) refused = used;
      keep(token, true);
    },
  };
}

function kindOf(minTtlSeconds: number | undefined): Kind {
  return minTtlSeconds === undefined ? 'plain' : 'strict';
}
