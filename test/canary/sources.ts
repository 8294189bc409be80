/** The secrets that a host receives, and the bytes of the tables, which must show none of them. */
import { TableClient, TableServiceClient } from '@azure/data-tables';
import type { Secret } from './search.ts';

/** The secrets in a host's settings and on its command line. Names and addresses are not secret. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>, args: readonly string[] = []): Secret[] {
  const option = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
  const found: [kind: string, values: readonly (string | undefined)[]][] = [
    ['password', [env.QUARTILE_PASSWORD]],
    ['subscription key', [env.QUARTILE_SUBSCRIPTION_KEY]],
    ['encryption key', ringKeys(env.TOKEN_ENCRYPTION_KEYS)],
    ['callers’ key', ringKeys(env.CALLER_JWT_KEYS)],
    ['storage key', [...storageKeys(env.AzureWebJobsStorage), ...storageKeys(env.TOKEN_STORAGE)]],
    ['function key', [option('--function-key')]],
    ['master key', [option('--master-key')]],
  ];
  return found.flatMap(([kind, values]) => values.flatMap((value) => (value ? { kind, value } : [])));
}

/** `id:base64[,id:base64…]`: each key as base64, and its bytes in other encodings. */
function ringKeys(setting = ''): string[] {
  const keys = setting.split(',').flatMap((entry) => entry.split(':')[1] ?? []);
  return keys.flatMap((base64) => {
    const bytes = Buffer.from(base64, 'base64');
    return [base64, bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
  });
}

/** The keys in a connection string. A setting that is not a connection string counts as a key. */
function storageKeys(setting = ''): string[] {
  if (/^usedevelopmentstorage=true$/i.test(setting)) return [];
  const keys = [...setting.matchAll(/(?:AccountKey|SharedAccessSignature)=([^;]+)/gi)].map(([, key = '']) => key);
  return keys.length > 0 ? keys : [setting];
}

type See = (where: string, text: string) => void;
const options = { allowInsecureConnection: true };

/** Passes on every body that this client receives from now on, byte for byte. */
export function tapTable({ tableName, pipeline }: TableClient, see: See): void {
  pipeline.addPolicy({
    name: 'canary',
    async sendRequest(request, next) {
      const answer = await next(request);
      if (answer.bodyAsText) see(`the table ${tableName}`, answer.bodyAsText);
      return answer;
    },
  });
}

/** Passes on all rows of a table. An absent table has none. */
export async function readTable(connectionString: string, tableName: string, see: See): Promise<void> {
  const table = TableClient.fromConnectionString(connectionString, tableName, options);
  tapTable(table, see);
  const pages = table.listEntities().byPage();
  for (let page = await pages.next(); !page.done; page = await pages.next());
}

/** Passes on all rows of all tables. */
export async function readTables(connectionString: string, see: See): Promise<void> {
  const service = TableServiceClient.fromConnectionString(connectionString, options);
  for await (const { name = '' } of service.listTables()) await readTable(connectionString, name, see);
}
