// `npm run keys`: creates keys, and shows which ones the token table needs.
import { parseArgs } from 'node:util';
import { createKeySetting } from '../../settings/key-ring.ts';
import { readTableSettings } from '../../settings/settings.ts';
import { type Parsed, readArguments, runCommand, say } from '../command.ts';
import { openSettingsTable, withTableAdvice } from '../settings-table.ts';
import { describeKeys, readKeyedRows } from './keyed-rows.ts';

const USAGE = `Usage: npm run keys -- new|list

  new      prints a new key in the form of TOKEN_ENCRYPTION_KEYS and CALLER_JWT_KEYS: id:base64 of 32 random bytes
           (npm run --silent keys -- new prints nothing else)
  list     shows which key each row of the token table is encrypted under, and which keys can be dropped
  --help   this text

list reads the table and changes nothing. Its settings come from local.settings.json and from the environment, which
wins: AzureWebJobsStorage or TOKEN_STORAGE, TOKEN_TABLE, TOKEN_ENCRYPTION_KEYS. In Azure, signed in with az login:

  TOKEN_STORAGE__tableServiceUri=https://ACCOUNT.table.core.windows.net TOKEN_ENCRYPTION_KEYS=… npm run keys -- list`;

await runCommand({ name: 'npm run keys', usage: USAGE, parse, run });

function parse(args: readonly string[]): Parsed<'new' | 'list'> {
  return readArguments(() => {
    const options = { help: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    if (values.help) return { kind: 'help' };
    const [command, ...more] = positionals;
    if (more.length === 0 && (command === 'new' || command === 'list')) return { kind: 'run', options: command };
    return { kind: 'invalid', problem: 'It takes new or list.' };
  });
}

async function run(command: 'new' | 'list'): Promise<void> {
  if (command === 'new') say(createKeySetting(Date.now()));
  else await withTableAdvice(list);
}

async function list(): Promise<void> {
  const { settings, table } = await openSettingsTable(readTableSettings);
  const { tableName, encryptionKeys } = settings;
  const rows = await readKeyedRows(table, encryptionKeys);
  for (const line of describeKeys(encryptionKeys, rows, tableName)) say(line);
}
