import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from '../command.ts';

export type KeysCommand = 'new' | 'list';

export const USAGE = `Usage: npm run keys -- new|list

  new      prints a new key, as TOKEN_ENCRYPTION_KEYS and CALLER_JWT_KEYS take it: id:base64 of 32 random bytes
           (npm run --silent keys -- new prints nothing else)
  list     tells under which keys the rows of the token table lie, and which keys can be dropped
  --help   this text

list reads the table, and changes nothing. It takes its settings from local.settings.json and the environment, which
wins: AzureWebJobsStorage or TOKEN_STORAGE, TOKEN_TABLE, TOKEN_ENCRYPTION_KEYS. In Azure, signed in with az login:

  TOKEN_STORAGE__tableServiceUri=https://ACCOUNT.table.core.windows.net TOKEN_ENCRYPTION_KEYS=… npm run keys -- list`;

/** Pure: no I/O. */
export function parseKeysCommand(args: readonly string[]): Parsed<KeysCommand> {
  return readArguments(() => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', default: false } },
    });
    if (values.help) return { kind: 'help' };
    const [command, ...more] = positionals;
    if ((command !== 'new' && command !== 'list') || more.length > 0) {
      return { kind: 'invalid', problem: command === undefined ? 'Say new or list.' : 'It takes new or list.' };
    }
    return { kind: 'run', options: command };
  });
}
