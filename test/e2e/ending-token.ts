import { setTimeout as delay } from 'node:timers/promises';

/** No host is asked when less is left: a host that is asked about an expired token makes a new one. */
const LAST_CALL_MS = 1_500;

/**
 * Lets the token in the table expire, and every host know when. If a machine is too busy for that, or a host has received
 * another token meanwhile, the next try takes longer.
 *
 * @param putEnd writes the time of expiry to the table
 * @param asks each asks one host for any valid token, and returns the expiry of the one it received
 */
export async function letTokenEnd(
  putEnd: (endsAtMs: number) => Promise<unknown>,
  asks: readonly (() => Promise<number>)[],
  lifeMs = 3_000,
): Promise<void> {
  const endsAtMs = Date.now() + lifeMs;
  await putEnd(endsAtMs);
  const isLate = () => Date.now() > endsAtMs - LAST_CALL_MS;
  for (const ask of asks) {
    while (!isLate() && (await ask()) !== endsAtMs) await delay(20);
  }
  if (isLate()) return letTokenEnd(putEnd, asks, 2 * lifeMs);
  await delay(endsAtMs - Date.now());
}
