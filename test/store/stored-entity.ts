import { toEntity } from '../../src/store/entity.ts';
import type { TokenRow } from '../../src/store/token-store.ts';

/** As the table gives it back: through JSON, with properties of its own. */
export function stored(row: TokenRow): Record<string, unknown> {
  const entity: Record<string, unknown> = JSON.parse(JSON.stringify(toEntity(row)));
  return { ...entity, etag: 'W/"1"', timestamp: '2026-01-15T12:00:00.123Z' };
}
