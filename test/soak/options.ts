/** The command line of `npm run soak`. Pure. */
import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from '../../src/local/command.ts';

export type Options = { readonly clients: number; readonly rotations: number };

export const USAGE = `Usage: npm run soak -- [--clients N] [--rotations N]

Clients call a business route all the time, with tokens from three hosts over one Azurite and one simulator. Tokens are
short-lived, rotated and revoked every few seconds, Quartile fails now and then, and hosts are killed and started again.
Prints a line for each rotation and figures at the end. Exits 1 if a call ends with a 401 after the client's one repeat,
or without an answer. About 2 minutes.

  --clients N     (default 50)
  --rotations N   (default 60)
  --help          this text`;

export function parseOptions(args: readonly string[]): Parsed<Options> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        clients: { type: 'string', default: '50' },
        rotations: { type: 'string', default: '60' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    for (const name of ['clients', 'rotations'] as const) {
      if (/^[1-9]\d{0,3}$/.test(values[name])) continue;
      return { kind: 'invalid', problem: `--${name} takes a whole number from 1 to 9999.` };
    }
    return { kind: 'run', options: { clients: Number(values.clients), rotations: Number(values.rotations) } };
  });
}
