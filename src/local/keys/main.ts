// `npm run keys`: makes keys, and tells which ones the token table needs.
import { createKeySetting } from '../../settings/key-ring.ts';
import { readTableSettings } from '../../settings/settings.ts';
import { runCommand } from '../command.ts';
import { openSettingsTable, withTableAdvice } from '../settings-table.ts';
import { type KeysCommand, parseKeysCommand, USAGE } from './command-line.ts';
import { describeKeys } from './describe-keys.ts';
import { readKeyedRows } from './keyed-rows.ts';

await runCommand({ name: 'npm run keys', usage: USAGE, parse: parseKeysCommand, run });

async function run(command: KeysCommand): Promise<void> {
  if (command === 'new') say(createKeySetting(Date.now()));
  else await withTableAdvice(list);
}

async function list(): Promise<void> {
  const { settings, table } = await openSettingsTable(readTableSettings);
  const { tableName, encryptionKeys } = settings;
  const rows = await readKeyedRows(table, encryptionKeys);
  for (const line of describeKeys(encryptionKeys, rows, tableName)) say(line);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
