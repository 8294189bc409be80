/**
 * Replaces a token that Quartile refused. Each caller follows these rules, from top to bottom, until one of them returns:
 *
 * 1. A newer token that is valid, and not being reported itself, is the replacement.
 * 2. A caller whose time is over returns without one.
 * 3. While a report is in flight, for whichever token, callers wait for it. There is one at a time.
 * 4. After a failed report of this token there is a pause. A caller whose time ends before the pause returns without a
 *    replacement at once; others wait.
 * 5. Otherwise the caller reports the generation. The service then rotates it, or returns the newer token it has.
 */
import { mayPass } from './errors.ts';
import type { Settings } from './options.ts';
import type { Service } from './service.ts';
import { isAlive, isNewer, type Token } from './token.ts';
import type { TokenKeeping } from './token-keeping.ts';
import { join, type Pause, startPause } from './waiting.ts';

export type Refusals = {
  /**
   * Waits for a token to use instead of a refused one.
   *
   * @returns `undefined` if there is none in time
   * @throws the signal's reason, and nothing else
   */
  replace(used: Token, waitMs: number, signal?: AbortSignal): Promise<Token | undefined>;
  /** Reports the token for the sake of later requests. No one waits for it. */
  replaceInBackground(used: Token): void;
};

type Report = { readonly used: Token; readonly over: Promise<void> };

export function createRefusals(
  { nowMs, readClocks }: Pick<Settings, 'nowMs' | 'readClocks'>,
  service: Pick<Service, 'report'>,
  keeping: Pick<TokenKeeping, 'known' | 'hold' | 'replace'>,
): Refusals {
  let reporting: Report | undefined;
  let failed: (Pause & { readonly used: Token }) | undefined;

  const replacementOf = (used: Token): Token | undefined => {
    const known = keeping.known();
    if (!known || !isNewer(known, used) || !isAlive(known, readClocks())) return undefined;
    return isSame(reporting?.used, known) ? undefined : known;
  };
  const pauseFor = (used: Token) =>
    isSame(failed?.used, used) && failed && nowMs() < failed.untilMs ? failed : undefined;
  const send = async (used: Token): Promise<void> => {
    const report = service.report(used.generation, failed?.failure.detail === 'old_token');
    keeping.hold(report);
    const result = await report;
    if (result.ok && isNewer(result.value, used)) return keeping.replace(used, result.value);
    const failure = result.ok ? ({ code: 'unavailable', detail: 'old_token' } as const) : result.error;
    failed = { ...startPause(failure, nowMs(), isSame(failed?.used, used) ? failed : undefined), used };
  };
  const start = (used: Token): Report => ({ used, over: send(used).finally(() => (reporting = undefined)) });

  return {
    async replace(used, waitMs, signal) {
      const untilMs = nowMs() + waitMs;
      for (;;) {
        signal?.throwIfAborted();
        const replacement = replacementOf(used);
        if (replacement || nowMs() >= untilMs) return replacement; // 1, 2
        const pause = reporting ? undefined : pauseFor(used);
        if (pause && (!mayPass(pause.failure) || pause.untilMs >= untilMs)) return undefined; // 4
        if (!pause) reporting ??= start(used); // 5
        const endMs = Math.min(untilMs, pause?.untilMs ?? Infinity);
        await join(reporting?.over ?? new Promise(() => undefined), endMs - nowMs(), signal); // 3, 4
      }
    },
    replaceInBackground(used) {
      if (!reporting && !replacementOf(used) && !pauseFor(used)) reporting = start(used);
    },
  };
}

function isSame(token: Token | undefined, other: Token): boolean {
  return token?.accessToken === other.accessToken;
}
