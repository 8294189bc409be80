// `npm run callers`: who may call with tokens of our own.
import { createAzureCallerStore } from '../../callers/azure-callers.ts';
import { readStorage } from '../../settings/storage.ts';
import { CALLERS_TABLE } from '../../settings/table.ts';
import { StoreError } from '../../store/token-store.ts';
import { fail, messageOf, runCommand } from '../command.ts';
import { openSettingsTable } from '../settings-table.ts';
import { type Action, parseCommandLine, USAGE } from './command-line.ts';
import { runAction } from './run.ts';

/** Signing in takes its time the first time. */
const REQUEST_TIMEOUT_MS = 30_000;

await runCommand({ name: 'npm run callers', usage: USAGE, parse: parseCommandLine, run });

async function run(action: Action): Promise<void> {
  try {
    process.stdout.write(`${await act(action)}\n`);
  } catch (error) {
    fail(explain(error));
  }
}

async function act(action: Action): Promise<string> {
  const { table } = await openSettingsTable((settings) => {
    const reading = readStorage(settings);
    if (!reading.ok) return { ok: false, problems: [reading] };
    return { ok: true, value: { storage: reading.storage, tableName: CALLERS_TABLE } };
  });
  const store = createAzureCallerStore(table, REQUEST_TIMEOUT_MS);
  return runAction({ store, nowMs: Date.now }, action);
}

function explain(error: unknown): string {
  if (!(error instanceof StoreError)) return messageOf(error);
  return [
    `${error.message}. Check:`,
    '  On this machine: does Azurite run (npm start, or npx azurite)? On other ports, npm start tells what to set.',
    '  In Azure: are you signed in (az login), to the right tenant? Has your account the role Storage Table Data',
    '  Contributor on the storage account? May your network reach it?',
  ].join('\n');
}
