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
   * @param patience.waitMs how much is left of the time that the call may wait
   * @returns `undefined` where the service has none, or does not say so in time. Never throws but the signal's reason.
   */
  replace(used: Token, patience: Patience): Promise<Token | undefined>;
  /** The same for the requests to come: nobody waits for it, and its pauses do not keep the process running. */
  replaceInBackground(used: Token): void;
};

export type Patience = { readonly waitMs: number; readonly signal?: AbortSignal | undefined };

type Report = { readonly used: Token; readonly over: Promise<void> };

/** A report that led to nothing. It is not repeated before then; `isFinal`: nor is it worth to wait for that. */
type Closed = { readonly used: Token; readonly untilMs: number; readonly isFinal: boolean };

export function createRefusals(
  { waitMs, nowMs, readClocks }: Settings,
  service: Pick<Service, 'report'>,
  keeping: TokenKeeping,
): Refusals {
  let reporting: Report | undefined;
  let closed: Closed | undefined;

  const closedFor = (used: Token): Closed | undefined =>
    isSame(closed?.used, used) && closed && nowMs() < closed.untilMs ? closed : undefined;
  const newerThan = (used: Token): Token | undefined => {
    const known = keeping.known();
    return known && isNewer(known, used) && leftMs(known.endsAt, readClocks()) >= DEAD_BELOW_MS ? known : undefined;
  };

  /**
   * Reports until there is another token, for as long as anybody waits. No pause is begun that is longer than that: nobody
   * would be there to ask again.
   */
  const report = async (used: Token): Promise<void> => {
    const untilMs = nowMs() + waitMs;
    const shut = closedFor(used);
    if (shut) await pause(shut.untilMs - nowMs());
    for (let failures = 1, wasTooYoung = false; !newerThan(used); failures += 1) {
      const sent = service.report(used.generation);
      keeping.hold(sent);
      const outcome = await sent;
      if (outcome.ok && isNewer(outcome.value, used)) return keeping.offer(outcome.value, used);
      const failure: Failure = outcome.ok ? { code: 'unavailable' } : outcome.failure;
      const isTooYoung = failure.detail === 'rotated_recently';
      // A second time would be for nothing: Quartile refuses the young ones, too.
      const isFinal = !mayPass(failure) || (isTooYoung && wasTooYoung);
      const random = Math.random();
      const ms = mayPass(failure) ? pauseMs(failures, failure.retryAfterMs, random) : refusedPauseMs(random);
      closed = { used, untilMs: nowMs() + ms, isFinal };
      if (isFinal || closed.untilMs >= untilMs) return undefined;
      await pause(ms);
      if (!isTooYoung) continue;
      wasTooYoung = true;
      await keeping.look(); // where somebody else has renewed it there is nothing to report
    }
  };
  const start = (used: Token): Report => ({ used, over: report(used).finally(() => (reporting = undefined)) });
  const replace = async (used: Token, patienceMs: number, waiter: Sleeper): Promise<Token | undefined> => {
    const untilMs = nowMs() + patienceMs;
    while (nowMs() < untilMs) {
      const newer = newerThan(used);
      if (newer && !isSame(reporting?.used, newer)) return newer; // that one has been refused meanwhile
      const shut = reporting ? undefined : closedFor(used);
      if (shut && (shut.isFinal || shut.untilMs >= untilMs)) return undefined;
      reporting ??= start(used);
      const joined = reporting;
      await join(joined.over, untilMs - nowMs(), waiter);
      // Where it has led to nothing in the time of whoever began it, there may be more time here.
      if (isSame(joined.used, used) && !closedFor(used)) return newerThan(used);
    }
    return newerThan(used);
  };

  return {
    replace: (used, { waitMs: patienceMs, signal }) => replace(used, patienceMs, { signal }),
    replaceInBackground: (used) => void replace(used, waitMs, { isInBackground: true }),
  };
}

/** Those who wait for a report have timers of their own. */
function pause(ms: number): Promise<void> {
  return sleep(ms, { isInBackground: true });
}

function isSame(token: Token | undefined, other: Token): boolean {
  return token?.accessToken === other.accessToken;
}
