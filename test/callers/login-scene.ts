import { randomUUID } from 'node:crypto';
import type { Caller, CallerStore } from '../../src/callers/caller-store.ts';
import { createSecret, hashSecret } from '../../src/callers/client-secret.ts';
import { type CallerParts, logIn } from '../../src/callers/login.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { caller, keyRing, MINUTE_MS, NOW_MS } from '../fixtures.ts';
import { createMemoryCallers } from './memory-callers.ts';

export const SECRET = createSecret();
export const WRONG = createSecret();

export type Setting = Partial<Caller> & { readonly damaged?: boolean };

/** What a login needs, over this table, in real time. */
export function loginParts(store: CallerStore): CallerParts {
  const lives = { accessLifeMs: 15 * MINUTE_MS, refreshLifeMs: 24 * 60 * MINUTE_MS };
  return { store, keys: keyRing('jwt'), ...lives, nowMs: Date.now, newId: randomUUID, logEvent: () => {} };
}

/** A table with one caller, and a clock that a test moves. */
export async function setUp({ damaged = false, ...overrides }: Setting = {}) {
  const store = createMemoryCallers();
  await store.write(caller({ secretHash: hashSecret(SECRET), ...overrides }), undefined);
  if (damaged) store.damaged.add('worker');
  const events: TelemetryEvent[] = [];
  const clock = { nowMs: NOW_MS };
  const parts: CallerParts = {
    ...loginParts(store),
    nowMs: () => clock.nowMs,
    logEvent: (event) => void events.push(event),
  };
  const tryIt = (clientSecret = SECRET, clientId = 'worker') => logIn(parts, { clientId, clientSecret });
  return { store, clock, parts, events, tryIt };
}
