import type { Azurite } from '../../src/local/azurite.ts';
import { startProxy } from '../chaos/proxy.ts';

/** A way to the table that counts what goes there. */
export type CountedTable = {
  /** For hosts that are to be counted. */
  readonly connectionString: string;
  /** The operations since the last call, as method names. */
  takeOperations(): readonly string[];
  close(): Promise<void>;
};

export async function startCountedTable({ connectionString, tablePort }: Azurite): Promise<CountedTable> {
  let operations: string[] = [];
  const proxy = await startProxy(tablePort, ({ request }) => void operations.push(request.method));
  return {
    connectionString: connectionString.replace(/(TableEndpoint=http:\/\/[^:]+):\d+/, `$1:${proxy.port}`),
    takeOperations() {
      const taken = operations;
      operations = [];
      return taken;
    },
    close: () => proxy.close(),
  };
}
