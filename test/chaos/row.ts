/** The row in the table, as the tests read it, prepare it and let it age: with the store's own code, conditionally. */
import * as z from 'zod';
import { readTokenSet, type TokenSet } from '../../src/quartile/token-set.ts';
import { StoreError, type StoredRow, type TokenRow, type TokenStore } from '../../src/store/token-store.ts';
import { credentials } from '../e2e/credentials.ts';
import type { Fleet } from './fleet.ts';

const ACCOUNT = 'default';

/** A pair in the row, put there by the test. */
export type Planted = { readonly generation: number; readonly liveUntilMs: number };

export async function readRow({ store }: Pick<Fleet, 'store'>): Promise<TokenRow | undefined> {
  return (await read(store))?.row;
}

/** Azurite closes a connection that was idle for 5 s, now and then one that is just being used again. */
async function read(store: TokenStore): Promise<StoredRow | undefined> {
  for (let triesLeft = 2; ; triesLeft -= 1) {
    try {
      return await store.read(ACCOUNT);
    } catch (error) {
      if (!(error instanceof StoreError) || triesLeft === 0) throw error;
    }
  }
}

/** The planted token looks like an old one: a new one would live longer, and so meet any `min_ttl`. */
const WHOLE_LIFE_MS = 12 * 3_600_000;

/**
 * Rotates by hand, so that the row holds a token of this life. It sends the row's own refresh token: that is the proof
 * that the pair which the run before left behind is a good one.
 */
export async function plantPair(fleet: Fleet, lifeSeconds: number): Promise<Planted> {
  const { simulator, store } = fleet;
  const row = await readRow(fleet);
  if (row?.tokens.state !== 'held') throw new Error('There is no pair in the row');
  const before = simulator.changeSettings({});
  simulator.changeSettings({ accessLifeSeconds: lifeSeconds });
  const set = await refresh(simulator.baseUrl, row.tokens.set.refreshToken);
  simulator.changeSettings({ accessLifeSeconds: before.accessLifeSeconds });
  const generation = row.generation + 1;
  await changeRow(store, (found) => ({
    ...found,
    generation,
    tokens: { state: 'held', set },
    source: 'refresh',
    refreshedAtMs: set.accessExpiresAtMs - WHOLE_LIFE_MS,
    trigger: 'timer',
  }));
  return { generation, liveUntilMs: set.accessExpiresAtMs };
}

async function changeRow(store: TokenStore, change: (row: TokenRow) => TokenRow): Promise<TokenRow> {
  for (;;) {
    const stored = await read(store);
    if (!stored) throw new Error('There is no row');
    const write = await store.write({ ...change(stored.row), writeId: crypto.randomUUID() }, stored.etag);
    if (write.result === 'written') return stored.row;
  }
}

async function refresh(baseUrl: string, token: string): Promise<TokenSet> {
  const sentAtMs = Date.now();
  const answer = await fetch(`${baseUrl}/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'subscription-key': credentials.subscriptionKey },
    body: JSON.stringify({ token }),
  });
  const received = readTokenSet(await answer.json(), sentAtMs);
  if (!received) throw new Error(`Quartile refused the refresh token that was left in the row (${answer.status})`);
  return received.tokenSet;
}

const claimsSchema = z.object({ exp: z.number() });

/** What a token has left, by its own `exp`, in milliseconds; nothing where it has none. */
export function lifeOf(token: string, nowMs: number): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return claimsSchema.parse(claims).exp * 1000 - nowMs;
  } catch {
    return 0;
  }
}
