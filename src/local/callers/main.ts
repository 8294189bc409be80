// `npm run callers`: manages who may call with `CALLER_AUTH=jwt`.
import { createAzureCallerStore } from '../../callers/azure-callers.ts';
import { readStorage } from '../../settings/storage.ts';
import { CALLERS_TABLE } from '../../settings/settings.ts';
import { runCommand } from '../command.ts';
import { openSettingsTable, withTableAdvice } from '../settings-table.ts';
import { type Action, parseCommandLine, USAGE } from './command-line.ts';
import { runAction } from './run.ts';

/** The first sign-in is slow. */
const REQUEST_TIMEOUT_MS = 30_000;

await runCommand({ name: 'npm run callers', usage: USAGE, parse: parseCommandLine, run });

async function run(action: Action): Promise<void> {
  process.stdout.write(`${await withTableAdvice(() => act(action))}\n`);
}

async function act(action: Action): Promise<string> {
  const { table } = await openSettingsTable((settings) => {
    const reading = readStorage(settings);
    if (!reading.ok) return { ok: false, error: [reading.error] };
    return { ok: true, value: { storage: reading.value, tableName: CALLERS_TABLE } };
  });
  const store = createAzureCallerStore(table, REQUEST_TIMEOUT_MS);
  return runAction({ store, nowMs: Date.now }, action);
}
