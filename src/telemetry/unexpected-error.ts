/** What may be said of an error that nobody foresaw. Pure. */
import * as z from 'zod';

/** What an error is called, with its code, and where it was thrown. */
export type UnexpectedError = {
  readonly error: string;
  readonly code?: string;
  /** The innermost places, the first one where it was thrown. */
  readonly at: readonly string[];
};

const PLACES = 5;

/** A name or a code; anything else is somebody's text. */
const word = z
  .string()
  .regex(/^[\w.-]{1,60}$/)
  .optional()
  .catch(undefined);
const errorSchema = z.object({ name: word, code: word });

/**
 * Describes an error by what no secret gets into. Its message is left out: JSON.parse quotes what it could not read, and
 * the Azure SDK whole bodies. So are its properties and its `cause`: axios' errors carry the request with its password,
 * jose's the claims of a token.
 */
export function describeUnexpected(error: unknown): UnexpectedError {
  if (!(error instanceof Error)) return { error: `no error, but ${typeof error}`, at: [] };
  const { name = 'Error', code } = errorSchema.parse({
    name: error.name,
    code: 'code' in error ? error.code : undefined,
  });
  return { error: name, ...(code === undefined ? {} : { code }), at: placesIn(error) };
}

/** The frames of its stack. A message of several lines, which comes before them, may look like one. */
function placesIn({ stack = '', message }: Error): string[] {
  const [, ...parts] = message === '' ? [] : stack.split(message);
  const frames = parts.length === 0 ? stack : parts.join(message);
  const places = frames.split('\n').flatMap((line) => /^ {4}at (.+)$/.exec(line)?.[1] ?? []);
  return places.slice(0, PLACES);
}
