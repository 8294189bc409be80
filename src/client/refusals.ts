/**
 * What to do when Quartile refuses a token: tell the service which generation it was, and get another one. A thousand
 * refusals of one generation cause one report; where another token is known already, none.
 */
import { type Failure, mayPass } from './errors.ts';
import { leftMs } from './life.ts';
import type { Settings } from './options.ts';
import { pauseMs, refusedPauseMs } from './pauses.ts';
import type { Service } from './service.ts';
import { DEAD_BELOW_MS, isNewer, type Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { join, sleep, type Sleeper } from './waiting.ts';

export type Refusals = {
  /**
   * Gets a token in the place of one that Quartile refused.
   *
   * @returns `undefined` where the service has none, or does not say so in time. Never throws but the signal's reason.
   */
  replace(used: Token, signal?: AbortSignal): Promise<Token | undefined>;
  /** The same for the requests to come: nobody waits for it, and its pauses do not keep the process running. */
  replaceInBackground(used: Token): void;
};

type Report = { readonly used: Token; readonly over: Promise<void> };

export function createRefusals(
  { waitMs, nowMs, readClocks }: Settings,
  service: Pick<Service, 'report'>,
  keeping: TokenKeeping,
): Refusals {
  let reporting: Report | undefined;
  /** A report that led to nothing is not repeated before then. */
  let closed: { readonly used: Token; readonly untilMs: number } | undefined;

  const newerThan = (used: Token): Token | undefined => {
    const known = keeping.known();
    return known && isNewer(known, used) && leftMs(known.endsAt, readClocks()) >= DEAD_BELOW_MS ? known : undefined;
  };

  /** Reports until there is another token, for as long as anybody waits. */
  const report = async (used: Token): Promise<void> => {
    const untilMs = nowMs() + waitMs;
    for (let failures = 1, hasWaited = false; !newerThan(used); failures += 1) {
      const sent = service.report(used.generation);
      keeping.hold(sent);
      const outcome = await sent;
      if (outcome.ok && isNewer(outcome.value, used)) return keeping.offer(outcome.value, used);
      const failure: Failure = outcome.ok ? { code: 'unavailable' } : outcome.failure;
      const isTooYoung = failure.detail === 'rotated_recently';
      const random = Math.random();
      const pause = mayPass(failure) ? pauseMs(failures, failure.retryAfterMs, random) : refusedPauseMs(random);
      const patienceMs = Math.max(0, untilMs - nowMs());
      const isHopeless = isTooYoung ? hasWaited : !mayPass(failure) || pause > patienceMs;
      closed = { used, untilMs: nowMs() + pause };
      if (isHopeless) return undefined;
      await sleep(Math.min(pause, patienceMs), { isInBackground: true }); // those who wait have timers of their own
      if (!isTooYoung) continue;
      hasWaited = true; // a second time would be for nothing: Quartile refuses the young ones, too
      await keeping.look();
      if (pause >= patienceMs) return undefined;
    }
  };
  const start = (used: Token): Report => ({ used, over: report(used).finally(() => (reporting = undefined)) });
  const replace = async (used: Token, waiter: Sleeper): Promise<Token | undefined> => {
    const untilMs = nowMs() + waitMs;
    while (nowMs() < untilMs) {
      const newer = newerThan(used);
      if (newer) return newer;
      if (!reporting && isSame(closed?.used, used) && nowMs() < (closed?.untilMs ?? 0)) return undefined;
      reporting ??= start(used);
      const joined = reporting;
      await join(joined.over, untilMs - nowMs(), waiter);
      if (isSame(joined.used, used)) return newerThan(used);
    }
    return undefined;
  };

  return {
    replace: (used, signal) => replace(used, { signal }),
    replaceInBackground: (used) => void replace(used, { isInBackground: true }),
  };
}

function isSame(token: Token | undefined, other: Token): boolean {
  return token?.accessToken === other.accessToken;
}
