/** How the command-line tools open a table. */
import type { TableClient } from '@azure/data-tables';
import { describeProblems, type Reading } from '../settings/problems.ts';
import type { StorageConnection } from '../settings/storage.ts';
import { openTable } from '../store/azure-table.ts';
import { StoreError } from '../store/token-store.ts';
import { projectDir } from './bundle.ts';
import { readLocalSettings } from './local-settings.ts';

type TableLocation = { readonly storage: StorageConnection; readonly tableName: string };

/**
 * Opens the table that `local.settings.json` and the environment name.
 *
 * @param read finds the table, and whatever else is needed, in the settings
 * @throws an error that names every setting that is missing or wrong, and no value
 */
export async function openSettingsTable<T extends TableLocation>(
  read: (settings: NodeJS.ProcessEnv) => Reading<T>,
): Promise<{ readonly settings: T; readonly table: TableClient }> {
  const reading = read(await readLocalSettings(projectDir, process.env));
  if (!reading.ok) throw new Error(describeProblems(reading.error));
  return { settings: reading.value, table: await openLocatedTable(reading.value) };
}

/** @throws an error that names the setting, and no value: an error of the storage library may contain it */
export async function openLocatedTable({ storage, tableName }: TableLocation): Promise<TableClient> {
  return openTable(storage, tableName).catch(() => {
    throw new Error('TOKEN_STORAGE (or AzureWebJobsStorage) is refused by the storage library');
  });
}

const TABLE_ADVICE = [
  '  On this machine: is Azurite running (npm start, or npx azurite)? npm start prints what to set if it uses other ports.',
  '  In Azure: are you signed in (az login), to the right tenant? Has your account the role Storage Table Data',
  '  Contributor on the storage account? May your network reach it?',
].join('\n');

/** Does work that needs a table. @throws what the work throws; a StoreError with advice on what to check */
export async function withTableAdvice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new Error(`${error.message}. Check:\n${TABLE_ADVICE}`, { cause: error });
  }
}
