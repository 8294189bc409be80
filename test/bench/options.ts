/** The command line of `npm run bench`. Pure. */
import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from '../../src/local/command.ts';
import { measurementNames } from './measurements.ts';

export type Options = {
  readonly only: readonly string[];
  readonly rounds: number;
  /** A file for the figures, as JSON. */
  readonly json: string | undefined;
  /** Whether a goal that is missed makes the exit code 1. */
  readonly strict: boolean;
};

export const USAGE = `Usage: npm run bench -- [--only NAME]… [--rounds N] [--json FILE] [--strict]

Measures the built app on this machine, one measurement after the other. Each takes turns with its yardsticks in several
rounds, and gives the medians, with their goals. Needs no account. About 11 minutes on two cores, almost half of it for
memory.

  --only NAME    only this one; may be repeated: ${measurementNames.slice(0, 5).join(', ')},
                 ${measurementNames.slice(5).join(', ')}
  --rounds N     how many rounds each measurement has (default 5; 1 to 100); idle and memory have steps of their own
  --json FILE    writes the figures to a file, too
  --strict       exits 1 where a goal is missed (otherwise 0: a machine with other things to do misses some)
  --help         this text`;

export function parseOptions(args: readonly string[]): Parsed<Options> {
  return readArguments(() => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string', default: '5' },
        json: { type: 'string' },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    const rounds = /^\d{1,3}$/.test(values.rounds) ? Number(values.rounds) : 0;
    if (rounds < 1 || rounds > 100) return { kind: 'invalid', problem: '--rounds takes a number from 1 to 100.' };
    const unknown = values.only.find((name) => !measurementNames.includes(name));
    if (unknown !== undefined) {
      return { kind: 'invalid', problem: `--only takes one of ${measurementNames.join(', ')}.` };
    }
    return { kind: 'run', options: { only: values.only, rounds, json: values.json, strict: values.strict } };
  });
}
