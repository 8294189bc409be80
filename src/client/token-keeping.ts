/**
 * The current token, as long as it lives; a new one before its end. The rules:
 *
 * 1. A good token is served from memory. One that ages is, too, and a single request in the background looks for another.
 * 2. One that is about to end is renewed first; where that fails it is served while it lives.
 * 3. One request of a kind at a time, strict or plain, however many ask; whoever comes meanwhile waits for it. A strict one
 *    may take long: whoever would take any live token does not depend on it, and takes its answer where that comes first.
 * 4. After a failure nobody asks again before the pause is over. Who has time waits, who has none gets the error. A token that
 *    comes by another way meanwhile ends the wait.
 * 5. A caller's signal, and its patience, end its own wait and nothing else.
 * 6. A token that was reported is replaced by newer ones only. While a report is under way callers wait for it, for some
 *    seconds: then they get what there is.
 */
import { mayPass, TokenSourceError } from './errors.ts';
import { createGates, type Kind } from './gates.ts';
import { leftMs } from './life.ts';
import type { Settings } from './options.ts';
import type { Service } from './service.ts';
import { chooseToken, DEAD_BELOW_MS, isNewer, judgeLife, type Token } from './token.ts';
import { join } from './waiting.ts';

export type GetTokenOptions = {
  /** The token has to live at least that long; up to the service's margin, 3600 by default. */
  readonly minTtlSeconds?: number | undefined;
  /** Ends this caller's wait. */
  readonly signal?: AbortSignal | undefined;
};

export type CurrentToken = {
  readonly accessToken: string;
  /** By this machine's clock, whatever the service's says. */
  readonly expiresAt: Date;
  /** Counts renewals. */
  readonly generation: number;
};

export type TokenKeeping = {
  /** @throws {TokenSourceError} and the signal's reason */
  get(options?: GetTokenOptions): Promise<Token>;
  /** What is known, dead or alive. */
  known(): Token | undefined;
  /** Takes a token from the service, unless it is older than what is known. `instead`: of one that was refused. */
  offer(token: Token, instead?: Token): void;
  /** Asks the service now, whatever is known. Resolves when that is over, however it went. */
  look(): Promise<void>;
  /** Callers wait for this, but not for long. It must not reject. */
  hold(work: Promise<unknown>): void;
};

/** After an answer that brought nothing newer nobody looks again in the background before this. */
const LOOK_EVERY_MS = 30_000;

/** How long callers wait for a report: a token that some request was refused with may be good for others. */
const HOLD_MS = 5_000;

/** A token that is about to end is served this long before it is too late. */
const SPARE_MS = 2_000;

export function createTokenKeeping(
  { waitMs, renewBeforeMs, nowMs, readClocks }: Settings,
  service: Pick<Service, 'fetchToken'>,
): TokenKeeping {
  let known: Token | undefined;
  let refused: Token | undefined;
  let nextLookMs = -Infinity;
  const gates = createGates(nowMs);
  const asking: Partial<Record<Kind, Promise<void> | undefined>> = {};
  let holding: Promise<unknown> | undefined;

  const offer = (token: Token, instead?: Token): void => {
    if (instead && (!refused || isNewer(instead, refused))) refused = instead;
    if (refused && !isNewer(token, refused)) return;
    known = chooseToken(known, token, readClocks());
    nextLookMs = nowMs() + Math.min(LOOK_EVERY_MS, leftMs(known.endsAt, readClocks()) / 2);
  };
  const request = async (minTtlSeconds: number | undefined): Promise<void> => {
    const asked = { kind: kindOf(minTtlSeconds), askedMs: (minTtlSeconds ?? 0) * 1000 };
    const outcome = await service.fetchToken(minTtlSeconds);
    if (!outcome.ok) return gates.close(asked, outcome.failure);
    const token = outcome.value;
    offer(token);
    const isOf = known?.accessToken === token.accessToken && token.lifeMs >= asked.askedMs;
    const lives = known !== undefined && leftMs(known.endsAt, readClocks()) >= DEAD_BELOW_MS;
    if (asked.askedMs > 0 ? isOf : lives) gates.open(asked);
    else gates.close(asked, { code: 'unavailable', detail: 'old_token' });
  };
  const ask = (minTtlSeconds: number | undefined): Promise<void> => {
    const kind = kindOf(minTtlSeconds);
    return (asking[kind] ??= request(minTtlSeconds).finally(() => (asking[kind] = undefined)));
  };
  const lookInBackground = (): void => {
    if (asking.plain || asking.strict || gates.closedFor(0) || nowMs() < nextLookMs) return;
    void ask(undefined);
  };

  const get = async ({ minTtlSeconds, signal }: GetTokenOptions = {}): Promise<Token> => {
    const startedAtMs = nowMs();
    const untilMs = startedAtMs + waitMs;
    const minTtlMs = minTtlSeconds === undefined ? undefined : minTtlSeconds * 1000;
    /** A strict request of this very call has been answered: the promise held when it was given. */
    const isPromised = (token: Token): boolean =>
      minTtlMs !== undefined && token.sentAt.steadyMs >= startedAtMs && token.lifeMs >= minTtlMs;
    for (let hasTried = false; ; hasTried = true) {
      signal?.throwIfAborted();
      if (holding && !hasTried) await join(holding, Math.min(HOLD_MS, waitMs), { signal });
      const clocks = readClocks();
      const now = clocks.steadyMs;
      const life = judgeLife(known, { now: clocks, renewBeforeMs, minTtlMs });
      if (known && life !== 'dead') {
        if (life === 'ageing') lookInBackground();
        if (life === 'good' || life === 'ageing' || isPromised(known)) return known;
        if (life === 'dying' && (hasTried || gates.closedFor(0))) return known;
      }
      const closed = asking[kindOf(minTtlSeconds)] ? undefined : gates.closedFor(minTtlMs ?? 0);
      if (closed && (!mayPass(closed.failure) || closed.untilMs > untilMs)) throw gates.errorOf(closed);
      if (hasTried && now >= untilMs) throw new TokenSourceError({ code: 'timed_out' });
      if (closed) await join(anyUnderWay(), closed.untilMs - now, { signal });
      else {
        const patienceMs = life === 'dying' && known ? leftMs(known.endsAt, clocks) - SPARE_MS : Infinity;
        const asked = ask(minTtlSeconds);
        const either = minTtlSeconds === undefined && asking.strict ? Promise.race([asked, asking.strict]) : asked;
        await join(either, Math.max(0, Math.min(patienceMs, untilMs - now)), { signal });
      }
    }
  };
  /** What may bring a token before a pause is over. */
  const anyUnderWay = (): Promise<unknown> =>
    Promise.race([asking.plain, asking.strict, holding].filter((work) => work !== undefined));

  return {
    get,
    known: () => known,
    offer,
    look: () => ask(undefined),
    hold(work) {
      const held = work.finally(() => {
        if (holding === held) holding = undefined;
      });
      holding = held;
    },
  };
}

function kindOf(minTtlSeconds: number | undefined): Kind {
  return minTtlSeconds === undefined ? 'plain' : 'strict';
}
