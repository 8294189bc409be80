import type { Caller } from '../../src/callers/caller-store.ts';
import { hashSecret } from '../../src/callers/client-secret.ts';
import { logIn, type LoginParts } from '../../src/callers/login.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { caller, NOW_MS } from '../fixtures.ts';
import { loginParts } from './login-crowd.ts';
import { createMemoryCallers } from './memory-callers.ts';

export const SECRET = 'the secret';
const secretHash = await hashSecret(SECRET);

/** For many logins: costs next to nothing. */
export const [CHEAP_SECRET, CHEAP_HASH] = [
  'a secret',
  'scrypt:2:1:1:AAAAAAAAAAAAAAAAAAAAAA:86qaky9PSphI_31a44Z_pomwazvQBKX8h1cPFscUSVo',
];

export type Setting = Partial<Caller> & { readonly damaged?: boolean };

/** A table with one caller, and a clock that a test moves. */
export async function setUp({ damaged = false, ...overrides }: Setting = {}) {
  const store = createMemoryCallers();
  await store.write(caller({ secretHash, ...overrides }), undefined);
  if (damaged) store.damaged.add('worker');
  const events: TelemetryEvent[] = [];
  const clock = { nowMs: NOW_MS };
  let ids = 0;
  const parts: LoginParts = {
    ...loginParts(store),
    nowMs: () => clock.nowMs,
    newId: () => `id-${(ids += 1)}`,
    logEvent: (event) => void events.push(event),
  };
  const tryIt = (clientSecret = SECRET, clientId = 'worker') => logIn(parts, { clientId, clientSecret });
  const fail = async (times: number, clientId = 'worker') => {
    for (let count = 0; count < times; count += 1) await tryIt('wrong', clientId);
  };
  return { store, clock, parts, events, tryIt, fail };
}

/** An answer as it is seen from outside. */
export function seen({ result, ...others }: Awaited<ReturnType<typeof logIn>>) {
  return 'waitMs' in others ? [result, others.waitMs] : [result];
}
