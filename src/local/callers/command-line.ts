/** The command line of `npm run callers`. Pure. */
import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from '../command.ts';
import { isCallerName } from '../../callers/caller-store.ts';

const COMMANDS = ['add', 'disable', 'enable', 'rotate-secret', 'remove'] as const;

export type Action =
  | { readonly command: 'list' }
  | { readonly command: (typeof COMMANDS)[number]; readonly name: string };

export const USAGE = `Usage: npm run callers -- COMMAND [NAME]

Manages who may call with CALLER_AUTH=jwt, in the table "callers" of the storage in the settings.

  add NAME             adds NAME, and prints its client_id and client_secret. The secret is stored nowhere
  list                 lists all callers: created, disabled, last login
  disable NAME         refuses logins and renewals from now on; access ends within CALLER_ACCESS_MINUTES
  enable NAME          reverses that
  rotate-secret NAME   prints a new client_secret, and ends the old one and its refresh tokens
  remove NAME          removes NAME, and ends what disable ends
  --help               prints this text

NAME: 1 to 64 of a-z, 0-9, dot, underscore and hyphen, starting with a letter or digit.

The storage comes from local.settings.json or the environment, which wins: AzureWebJobsStorage or TOKEN_STORAGE. In Azure,
sign in (az login) with the role Storage Table Data Contributor:

  TOKEN_STORAGE__tableServiceUri=https://ACCOUNT.table.core.windows.net npm run callers -- add NAME`;

/** Reads the arguments after the script's name. */
export function parseCommandLine(args: readonly string[]): Parsed<Action> {
  return readArguments(() => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h', default: false } },
    });
    if (values.help) return { kind: 'help' };
    return toCommand(positionals);
  });
}

function toCommand([given, name, ...more]: readonly string[]): Parsed<Action> {
  if (given === undefined) return invalid('A command is missing.');
  if (given === 'list') {
    return name === undefined ? { kind: 'run', options: { command: 'list' } } : invalid('list takes no name.');
  }
  const command = COMMANDS.find((known) => known === given);
  if (command === undefined) return invalid(`Unknown command: ${given}.`);
  if (name === undefined || more.length > 0) return invalid(`${command} takes one name.`);
  if (!isCallerName(name)) {
    const rule = '1 to 64 of a-z, 0-9, dot, underscore and hyphen, starting with a letter or digit';
    return invalid(`A caller's name must be ${rule}.`);
  }
  return { kind: 'run', options: { command, name } };
}

function invalid(problem: string): Parsed<Action> {
  return { kind: 'invalid', problem };
}
