/** What the tools that look into the tables begin with. */
import type { TableClient } from '@azure/data-tables';
import { describeProblems, type Reading } from '../settings/problems.ts';
import type { StorageConnection } from '../settings/storage.ts';
import { openTable } from '../store/azure-table.ts';
import { projectDir } from './bundle.ts';
import { readLocalSettings } from './local-settings.ts';
import { withoutLocalProxy } from './no-proxy.ts';

type TableLocation = { readonly storage: StorageConnection; readonly tableName: string };

/**
 * Opens the table that `local.settings.json` and the environment name. From then on this process asks no proxy for
 * this machine's own addresses.
 *
 * @param read finds the table, and whatever else is needed, in the settings
 * @throws an error that names every setting that is missing or wrong, and no value
 */
export async function openSettingsTable<T extends TableLocation>(
  read: (settings: NodeJS.ProcessEnv) => Reading<T>,
): Promise<{ readonly settings: T; readonly table: TableClient }> {
  Object.assign(process.env, withoutLocalProxy(process.env)); // where the Azure SDK looks
  const reading = read(await readLocalSettings(projectDir, process.env));
  if (!reading.ok) throw new Error(describeProblems(reading.problems));
  return { settings: reading.value, table: await openLocatedTable(reading.value) };
}

/** @throws an error that names the setting, and no value: what the storage library throws may quote it */
export async function openLocatedTable({ storage, tableName }: TableLocation): Promise<TableClient> {
  return openTable(storage, tableName).catch(() => {
    throw new Error('TOKEN_STORAGE (or AzureWebJobsStorage) is refused by the storage library');
  });
}
