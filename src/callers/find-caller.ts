import type { TelemetryEvent } from '../telemetry/events.ts';
import { isCallerName } from './caller-name.ts';
import type { CallerStore, StoredCaller } from './caller-store.ts';

type Parts = { readonly store: CallerStore; readonly logEvent: (event: TelemetryEvent) => void };

/**
 * The caller in this row, or `undefined` where there is none. A damaged row is nobody's: whoever could tell it from a
 * missing one by the answer would know a name. The log says so.
 *
 * @throws {StoreError} when the table cannot be read
 */
export async function findCaller({ store, logEvent }: Parts, rowKey: string): Promise<StoredCaller | undefined> {
  const found = await store.read(rowKey);
  if (found !== 'damaged') return found;
  logEvent({ name: 'caller.row_damaged', caller: isCallerName(rowKey) ? rowKey : undefined });
  return undefined;
}
