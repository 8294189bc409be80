import { setTimeout as delay } from 'node:timers/promises';
import { MIN_TTL_SECONDS } from './callers.ts';
import type { Fleet } from './fleet.ts';
import type { Planted } from './row.ts';

export const triggerNames = ['timer', 'caller', 'report'] as const;
/** What starts a rotation of a token that is due: the timer, a caller's `min_ttl`, or the report of a refused token. */
export type TriggerName = (typeof triggerNames)[number];

const AGAIN_AFTER_MS = 200;

/** Asks one of the hosts for a rotation, again and again (it may still remember an older row), until it is told to end. */
export function triggerRotation(fleet: Fleet, trigger: TriggerName, planted: Planted, ended: AbortSignal): void {
  const worker = fleet.workers[planted.generation % fleet.workers.length];
  void (async () => {
    while (!ended.aborted) {
      const host = worker?.living();
      if (host) await ask(trigger, host.url, planted.generation).catch(() => undefined); // it may be killed for it
      await delay(AGAIN_AFTER_MS);
    }
  })();
}

async function ask(trigger: TriggerName, url: string, generation: number): Promise<void> {
  const post = (path: string, body: string) =>
    fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  switch (trigger) {
    case 'timer':
      await post('/admin/functions/refreshTokens', '{"input":""}');
      return;
    case 'caller':
      await (await fetch(`${url}/api/token?min_ttl=${MIN_TTL_SECONDS}`)).text();
      return;
    case 'report':
      await (await post('/api/token/refresh', JSON.stringify({ generation }))).text();
      return;
  }
}
