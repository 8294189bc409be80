import { setTimeout as delay } from 'node:timers/promises';

/** Nobody is asked any more when so little is left: who is asked about a dead token gets another one. */
const LAST_CALL_MS = 1_500;

/**
 * Lets the token in the table end, with every host knowing when. Where a machine is too busy for that, or a host has got
 * another token meanwhile, there is more time at the next try.
 *
 * @param putEnd puts the moment of its end into the table
 * @param asks each asks one host for whatever token lives, and returns the end of the one that it got
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
