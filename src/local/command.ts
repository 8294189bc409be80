/** What every npm script does with its arguments: explains itself, refuses what it does not know, and fails in one line. */
import { parseArgs } from 'node:util';

/** What the arguments of a script mean. */
export type Parsed<T> =
  | { readonly kind: 'run'; readonly options: T }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly problem: string };

/** @param read calls `parseArgs`; its error becomes the problem. Pure if `read` is. */
export function readArguments<T>(read: () => Parsed<T>): Parsed<T> {
  try {
    return read();
  } catch (error) {
    // Node's first sentence is enough: the others are advice about `--`.
    return { kind: 'invalid', problem: messageOf(error).split(/\.?(?:\s*\n|\. )/, 1)[0] ?? '' };
  }
}

/** For a script without arguments. */
export function readNoArguments(args: readonly string[]): Parsed<undefined> {
  return readArguments(() => {
    const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean' } } });
    return values.help ? { kind: 'help' } : { kind: 'run', options: undefined };
  });
}

/** Reads a port as it is typed. @returns `undefined` for anything but a number from 0 to 65535 */
export function readPort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

export type Command<T> = {
  /** As it is typed: `npm run keys`. */
  readonly name: string;
  readonly usage: string;
  readonly parse: (args: readonly string[]) => Parsed<T>;
  readonly run: (options: T) => Promise<void> | void;
};

/** Runs a script with the arguments of this process. A problem is written to stderr, and the exit code is then 1. */
export async function runCommand<T>({ name, usage, parse, run }: Command<T>): Promise<void> {
  const parsed = parse(process.argv.slice(2));
  switch (parsed.kind) {
    case 'help':
      say(usage);
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

/** An error's message without its stack: the cause is usually an argument, a setting, or a service that does not run. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Writes a text to stdout. */
export function say(text: string): void {
  process.stdout.write(`${toPrintable(text)}\n`);
}

/** Writes a text to stderr; the process will exit with 1. */
export function fail(message: string): void {
  process.stderr.write(`${toPrintable(message)}\n`);
  process.exitCode = 1;
}

/**
 * Replaces the characters that can control a terminal or hide text, except line ends and tabs. A text may come from a
 * table or from another server.
 */
function toPrintable(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, '\u{FFFD}');
}
