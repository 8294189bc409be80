/** Describes an unexpected error without revealing a secret. Pure. */
import * as z from 'zod';

/** An error's name and code, and where it was thrown. */
export type UnexpectedError = {
  readonly error: string;
  readonly code?: string;
  /** The innermost stack frames, the place of the throw first. */
  readonly at: readonly string[];
};

const PLACES = 5;

/** A name or a code. Anything else is free text. */
const word = z
  .string()
  .regex(/^[\w.-]{1,60}$/)
  .optional()
  .catch(undefined);
const errorSchema = z.object({ name: word, code: word });

/**
 * Describes an error by the parts that cannot contain a secret. Its message is left out: JSON.parse quotes its input, and
 * the Azure SDK quotes whole bodies. So are its properties and its `cause`: axios attaches the request with its password,
 * jose the claims of a token.
 */
export function describeUnexpected(error: unknown): UnexpectedError {
  if (!(error instanceof Error)) return { error: `not an Error but ${typeof error}`, at: [] };
  const { name = 'Error', code } = errorSchema.parse({
    name: error.name,
    code: 'code' in error ? error.code : undefined,
  });
  return { error: name, ...(code === undefined ? {} : { code }), at: placesIn(error) };
}

/** The stack frames. The message before them may have lines that look like frames. */
function placesIn({ stack = '', message }: Error): string[] {
  const [, ...parts] = message === '' ? [] : stack.split(message);
  const frames = parts.length === 0 ? stack : parts.join(message);
  const places = frames.split('\n').flatMap((line) => /^ {4}at (.+)$/.exec(line)?.[1] ?? []);
  return places.slice(0, PLACES);
}
