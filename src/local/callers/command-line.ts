/** The command line of `npm run callers`. Pure. */
import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from '../command.ts';
import { isCallerName } from '../../callers/caller-name.ts';

const COMMANDS = ['add', 'disable', 'enable', 'rotate-secret', 'reset', 'remove'] as const;

export type Action =
  | { readonly command: 'list' }
  | { readonly command: (typeof COMMANDS)[number]; readonly name: string };

export const USAGE = `Usage: npm run callers -- COMMAND [NAME]

Keeps the list of who may call with CALLER_AUTH=jwt. It lies in the table "callers" of the storage that the settings name.

  add NAME             lets NAME in, and prints its client_id and client_secret: this once, they are kept nowhere
  list                 all callers: since when, whether disabled, last login, failed logins
  disable NAME         no login and no renewal from now on; access ends within CALLER_ACCESS_MINUTES
  enable NAME          takes that back
  rotate-secret NAME   prints a new client_secret; the old one and its refresh tokens are over
  reset NAME           forgets failed logins, so that NAME has to wait no longer
  remove NAME          takes NAME from the list; ends what disable ends
  --help               this text

NAME: 1 to 64 of a-z, 0-9, dot, underscore and hyphen; a letter or digit first.

The storage comes from local.settings.json or the environment, which wins: AzureWebJobsStorage or TOKEN_STORAGE. In Azure,
signed in (az login) with the role Storage Table Data Contributor:

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
  if (command === undefined) return invalid(`There is no command ${given}.`);
  if (name === undefined || more.length > 0) return invalid(`${command} takes one name.`);
  if (!isCallerName(name)) {
    const rule = '1 to 64 of a-z, 0-9, dot, underscore and hyphen, a letter or digit first';
    return invalid(`A caller's name has to be ${rule}.`);
  }
  return { kind: 'run', options: { command, name } };
}

function invalid(problem: string): Parsed<Action> {
  return { kind: 'invalid', problem };
}
