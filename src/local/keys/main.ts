// `npm run keys`: makes keys, and tells which ones the token table needs.
import { createKeySetting } from '../../settings/key-ring.ts';
import { readTableSettings } from '../../settings/table.ts';
import { openSettingsTable } from '../settings-table.ts';
import { parseKeysCommand, USAGE } from './command-line.ts';
import { describeKeys } from './describe-keys.ts';
import { readKeyedRows } from './keyed-rows.ts';

const command = parseKeysCommand(process.argv.slice(2));
try {
  switch (command.kind) {
    case 'help':
      say(USAGE);
      break;
    case 'invalid':
      fail(`${command.problem} See \`npm run keys -- --help\`.`);
      break;
    case 'new':
      say(createKeySetting(Date.now()));
      break;
    case 'list':
      await list();
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
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

function fail(problem: string): void {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
