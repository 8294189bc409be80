/** The pauses after failed requests for a token: nobody asks again before they are over. No timers: it only tells the time. */
import { type Failure, mayPass, TokenSourceError } from './errors.ts';
import { pauseMs, refusedPauseMs } from './pauses.ts';

/** Strict: with `minTtlSeconds`, for which the service may have to renew first. */
export type Kind = 'plain' | 'strict';

export type Gate = {
  readonly failure: Failure;
  readonly untilMs: number;
  /** The life that was asked for. */
  readonly askedMs: number;
  readonly failures: number;
};

/** A request of a kind, and the life that it asked for. */
type Request = { readonly kind: Kind; readonly askedMs: number };

export type Gates = {
  /** What keeps whoever asks for that life from asking, for the longest. A strict request that failed says nothing about less. */
  closedFor(minTtlMs: number): Gate | undefined;
  close(request: Request, failure: Failure): void;
  /** After an answer that will do: the back-off begins anew. */
  open(request: Request): void;
  /** @returns what to throw for it: to each caller an error of its own */
  errorOf(gate: Gate): TokenSourceError;
};

/** @param nowMs the steady clock */
export function createGates(nowMs: () => number): Gates {
  const gates: Partial<Record<Kind, Gate | undefined>> = {};
  return {
    closedFor: (minTtlMs) =>
      [gates.plain, gates.strict]
        .filter((gate) => gate !== undefined)
        .filter(({ askedMs, untilMs }) => askedMs <= minTtlMs && nowMs() < untilMs)
        .reduce<Gate | undefined>((last, gate) => (last && last.untilMs >= gate.untilMs ? last : gate), undefined),
    close({ kind, askedMs }, failure) {
      const failures = (gates[kind]?.failures ?? 0) + 1;
      const random = Math.random();
      const pause = mayPass(failure) ? pauseMs(failures, failure.retryAfterMs, random) : refusedPauseMs(random);
      gates[kind] = { failure, untilMs: nowMs() + pause, askedMs, failures };
    },
    open({ askedMs }) {
      gates.plain = undefined;
      if (gates.strict && gates.strict.askedMs <= askedMs) gates.strict = undefined;
    },
    errorOf: ({ failure, untilMs }) => new TokenSourceError(failure, untilMs - nowMs()),
  };
}
