/** What a table of hostile input is made of. */
import type { ProblemCode } from '../../src/http/problem.ts';

/**
 * What comes back: a problem of ours with its code; an answer of the host's own, which has no body, or a token of ours
 * (200); or nothing, where the connection is closed.
 */
export type Outcome = `${number} ${ProblemCode}` | `${number}` | 'nothing';

/**
 * One hostile input. It is given a marker, and puts it wherever it has a place for it: nothing that comes back, and
 * nothing in the log, may hold it.
 */
export type Row = {
  readonly what: string;
  readonly send: (mark: string) => string;
  /** Any of them. */
  readonly outcomes: readonly Outcome[];
  readonly hangsUp?: boolean;
};

/** A row of a table. */
export function row(what: string, send: Row['send'], ...outcomes: Outcome[]): Row {
  return { what, send, outcomes };
}
