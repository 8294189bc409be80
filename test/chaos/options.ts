/** The command line of `npm run test:chaos`. Pure. */
import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from '../../src/local/command.ts';

export type Options = {
  readonly kills: number;
  readonly others: number;
  readonly realLeases: number;
  readonly seed: number | undefined;
};

export const USAGE = `Usage: npm run test:chaos -- [--kills N] [--others N] [--real-leases N] [--seed N]

Kills, stops and cuts off real hosts at each step of a rotation, while callers ask all of them for the token: three hosts
each over one Azurite and one simulator, behind proxies. Prints a line for each run and a table at the end; exits 1 if a
caller saw, or the table held, what must never be, or a secret was written where it must not be. About 10 minutes on two
cores.

  --kills N         kills at random steps, of a token that lives, dies, or is dead (default 200)
  --others N        other faults: stopped workers, a table or a Quartile that is out of reach (default 50: all, once;
                    no stopped workers on Windows)
  --real-leases N   runs that wait for the end of a lease instead of ageing it by hand (default 4; 100 s each)
  --seed N          repeats the runs of an earlier time, in their order, with the same numbers of them (default: made at
                    start and printed)
  --help            this text`;

export function parseOptions(args: readonly string[]): Parsed<Options> {
  return readArguments(() => {
    const {
      values: { help, ...counts },
    } = parseArgs({
      args: [...args],
      options: {
        kills: { type: 'string', default: '200' },
        others: { type: 'string', default: '50' },
        'real-leases': { type: 'string', default: '4' },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (help) return { kind: 'help' };
    for (const [name, text] of Object.entries(counts)) {
      if (/^\d{1,9}$/.test(text)) continue;
      return { kind: 'invalid', problem: `--${name} takes a whole number.` };
    }
    const [kills, others, realLeases] = [Number(counts.kills), Number(counts.others), Number(counts['real-leases'])];
    const seed = counts.seed === undefined ? undefined : Number(counts.seed);
    if (kills + others + realLeases === 0) return { kind: 'invalid', problem: 'With no run at all, nothing is shown.' };
    return { kind: 'run', options: { kills, others, realLeases, seed } };
  });
}
