import type { KeyRing } from '../../src/settings/key-ring.ts';
import { fromEntity, toEntity } from '../../src/store/entity.ts';
import type { TokenRow } from '../../src/store/token-store.ts';
import { keyRing } from '../fixtures.ts';

/** The keys of the tests that are not about keys. */
export const RING = keyRing('main');

/** As the table gives it back: through JSON, with properties of its own. */
export function stored(row: TokenRow, ring: KeyRing = RING): Record<string, unknown> {
  const entity: Record<string, unknown> = JSON.parse(JSON.stringify(toEntity(row, ring)));
  return { ...entity, etag: 'W/"1"', timestamp: '2026-01-15T12:00:00.123Z' };
}

/** The row that an entity is, read with these keys; a pair without the columns that it was read from. */
export function read(entity: unknown, ring: KeyRing = RING): TokenRow {
  const row = fromEntity(entity, ring);
  return row.tokens.state === 'held' ? { ...row, tokens: { state: 'held', set: row.tokens.set } } : row;
}

/** What `read` finds after this row was written: `jsonData` is not read. */
export function asRead(row: TokenRow): TokenRow {
  if (row.tokens.state !== 'held') return row;
  const { accessToken, accessExpiresAtMs, refreshToken, refreshExpiresAtMs } = row.tokens.set;
  return {
    ...row,
    tokens: { state: 'held', set: { accessToken, accessExpiresAtMs, refreshToken, refreshExpiresAtMs } },
  };
}
