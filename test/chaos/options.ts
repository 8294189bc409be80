/** The command line of `npm run test:chaos`. Pure. */
import { parseArgs } from 'node:util';
import { type Parsed, readArguments } from '../../src/local/command.ts';

export type Options = {
  readonly kills: number;
  readonly others: number;
  readonly parallel: number;
  readonly seed: number | undefined;
};

export const USAGE = `Usage: npm run test:chaos -- [--kills N] [--others N] [--parallel N] [--seed N]

Kills, stops and disconnects real hosts at each step of a rotation, while callers ask all of them for the token: three
hosts each over one table and one simulator, behind proxies. Prints a line for each run and a table at the end; exits 1 if
a caller saw, or the table held, what must never be, or a secret was written where it must not be. Leases and back-off end
by themselves: about 25 minutes on two cores.

  --kills N      kills at random steps, of a token that is due, about to expire, or expired (default 200)
  --others N     other faults: stopped workers, a table or a Quartile that does not answer (default 50: all, once;
                 no stopped workers on Windows)
  --parallel N   runs at a time, each with hosts of its own (default 5)
  --seed N       repeats the runs of an earlier time, with the same numbers of them (default: made at start and printed)
  --help         this text`;

export function parseOptions(args: readonly string[]): Parsed<Options> {
  return readArguments(() => {
    const {
      values: { help, ...counts },
    } = parseArgs({
      args: [...args],
      options: {
        kills: { type: 'string', default: '200' },
        others: { type: 'string', default: '50' },
        parallel: { type: 'string', default: '5' },
        seed: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (help) return { kind: 'help' };
    for (const [name, text] of Object.entries(counts)) {
      if (/^\d{1,9}$/.test(text)) continue;
      return { kind: 'invalid', problem: `--${name} takes a whole number.` };
    }
    const [kills, others, parallel] = [Number(counts.kills), Number(counts.others), Number(counts.parallel)];
    const seed = counts.seed === undefined ? undefined : Number(counts.seed);
    if (kills + others === 0) return { kind: 'invalid', problem: 'With no run at all, nothing is shown.' };
    if (parallel === 0) return { kind: 'invalid', problem: '--parallel takes a number from 1 on.' };
    return { kind: 'run', options: { kills, others, parallel, seed } };
  });
}
