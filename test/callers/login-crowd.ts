import { randomUUID } from 'node:crypto';
import type { CallerStore } from '../../src/callers/caller-store.ts';
import { logIn, type LoginParts } from '../../src/callers/login.ts';
import { createLoginQueue } from '../../src/callers/login-queue.ts';
import { keyRing, MINUTE_MS } from '../fixtures.ts';

/** What a login takes, over this table, in real time. */
export function loginParts(store: CallerStore): LoginParts {
  const lives = { accessLifeMs: 15 * MINUTE_MS, refreshLifeMs: 24 * 60 * MINUTE_MS };
  return {
    store,
    keys: keyRing('jwt'),
    ...lives,
    nowMs: Date.now,
    newId: randomUUID,
    logEvent: () => {},
    queue: createLoginQueue(),
  };
}

/** Logs in with a wrong secret, so many times at once, the stores in turn. Counts the results. */
export async function logInAtOnce(
  stores: readonly CallerStore[],
  { clientId, count }: { readonly clientId: string; readonly count: number },
): Promise<Record<string, number>> {
  const instances = stores.map(loginParts);
  const logins = Array.from({ length: count }, (_, index) => {
    const instance = instances[index % instances.length];
    if (!instance) throw new Error('There is no store');
    return logIn(instance, { clientId, clientSecret: 'wrong' });
  });
  const counts: Record<string, number> = {};
  for (const { result } of await Promise.all(logins)) counts[result] = (counts[result] ?? 0) + 1;
  return counts;
}
