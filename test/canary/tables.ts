/** What Azure Table Storage answers, byte for byte: no client's idea of a row leaves anything out. */
import { TableClient, TableServiceClient } from '@azure/data-tables';

const options = { allowInsecureConnection: true };

type Tell = (where: string, text: string) => void;

/** Tells of the body of every answer that this client gets from now on. */
export function tapTable({ tableName, pipeline }: TableClient, tell: Tell): void {
  pipeline.addPolicy({
    name: 'canary',
    async sendRequest(request, next) {
      const answer = await next(request);
      if (answer.bodyAsText) tell(`the table ${tableName}`, answer.bodyAsText);
      return answer;
    },
  });
}

/** Tells of every row of a table, as it stands there. A table that is not there has none. */
export async function tellTable(connectionString: string, tableName: string, tell: Tell): Promise<void> {
  const table = TableClient.fromConnectionString(connectionString, tableName, options);
  tapTable(table, tell);
  const pages = table.listEntities().byPage();
  for (let page = await pages.next(); !page.done; page = await pages.next());
}

/** Tells of every row of every table. */
export async function tellTables(connectionString: string, tell: Tell): Promise<void> {
  const service = TableServiceClient.fromConnectionString(connectionString, options);
  for await (const { name = '' } of service.listTables()) await tellTable(connectionString, name, tell);
}
