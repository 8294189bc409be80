/** The rows of a table of hostile input. */
import type { ProblemCode } from '../../src/http/problem.ts';

/**
 * The outcome of a row: a problem of ours with its code; a status alone, for an answer of the host itself, which has no
 * body, or a token (200); or `nothing`, if the connection is closed without an answer.
 */
export type Outcome = `${number} ${ProblemCode}` | `${number}` | 'nothing';

/**
 * One hostile input. It receives a marker and puts it wherever there is a place for it: neither the answer nor the log may
 * contain it.
 */
export type Row = {
  readonly what: string;
  readonly send: (mark: string) => string;
  /** One of them is expected. */
  readonly outcomes: readonly Outcome[];
  readonly hangsUp?: boolean;
};

/** A row of a table. */
export function row(what: string, send: Row['send'], ...outcomes: Outcome[]): Row {
  return { what, send, outcomes };
}
