/** What every npm script does with its arguments: it explains itself, refuses what it does not know, and fails in a line. */

import { parseArgs } from 'node:util';

/** What the arguments of a script come to. */
export type Parsed<T> =
  | { readonly kind: 'run'; readonly options: T }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problem: string };

/** Pure. @param read asks `parseArgs`, whose complaint becomes the problem */
export function readArguments<T>(read: () => Parsed<T>): Parsed<T> {
  try {
    return read();
  } catch (error) {
    // Behind the first sentence Node adds advice about `--`.
    return { kind: 'invalid', problem: messageOf(error).split(/\.?(?:\s*\n|\. )/, 1)[0] ?? '' };
  }
}

/** For a script that takes none. */
export function readNoArguments(args: readonly string[]): Parsed<undefined> {
  return readArguments(() => {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean' } } });
    return values.help ? { kind: 'help' } : { kind: 'run', options: undefined };
  });
}

export type Command<T> = {
  /** As it is typed: `npm run keys`. */
  readonly name: string;
  readonly usage: string;
  readonly parse: (args: readonly string[]) => Parsed<T>;
  readonly run: (options: T) => Promise<void> | void;
};

/** Runs a script with the arguments of this process. What is wrong is said on stderr, and the exit code is 1 then. */
export async function runCommand<T>({ name, usage, parse, run }: Command<T>): Promise<void> {
  const parsed = parse(process.argv.slice(2));
  switch (parsed.kind) {
    case 'help':
      process.stdout.write(`${usage}\n`);
      break;
    case 'invalid':
      fail(`${parsed.problem.replace(/\.?$/, '.')} See \`${name} -- --help\`.`);
      break;
    case 'run':
      try {
        await run(parsed.options);
      } catch (error) {
        fail(messageOf(error));
      }
      break;
  }
}

/** What went wrong, without where: most often it is what somebody typed, or has not started. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}
