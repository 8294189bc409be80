/** Where things stand on the line of a token's life. Pure: no I/O, no clock. */

/** A place on the line: 0 is its left end, 100 its right one. */
export type Place = {
  readonly atMs: number;
  readonly percent: number;
  /** It lies further out than the line reaches, and is put at its end. */
  readonly beyond: boolean;
};

export type TimeLine = {
  readonly start: Place;
  readonly end: Place;
  /** From where on to its end the token is short of life: the margin. */
  readonly short: Place;
  readonly now: Place;
  /** Where it can be told from now. */
  readonly check: Place | undefined;
};

export type Moments = {
  readonly sinceMs: number | undefined;
  readonly expiresAtMs: number;
  readonly shortFromMs: number;
  readonly nowMs: number;
  readonly checkAtMs: number | undefined;
};

/** A line that is longer than so many lives would show the life as a dot. */
const LONGEST_LINE_LIVES = 2;

/** What lies closer together than this part of the line, in percent, cannot be told apart. */
const APART_PERCENT = 1;

/** The shortest line: two moments at once still have a scale. */
const SHORTEST_MS = 60_000;

/**
 * Lays out a token's life: from when it was got to its end, and on to what comes after it, the present and the next
 * check, as far as that is not so far off that it would hide the life.
 *
 * @param moments.sinceMs a moment in the future was another clock's, and counts as now
 */
export function layOutLife({ sinceMs, expiresAtMs, shortFromMs, nowMs, checkAtMs }: Moments): TimeLine {
  const startMs = Math.min(sinceMs ?? nowMs, nowMs, expiresAtMs);
  const lifeMs = Math.max(expiresAtMs - startMs, SHORTEST_MS);
  const farthestMs = startMs + LONGEST_LINE_LIVES * lifeMs;
  const shown = [nowMs, checkAtMs ?? nowMs].filter((ms) => ms <= farthestMs);
  const lengthMs = Math.max(lifeMs, ...shown.map((ms) => ms - startMs));
  const place = (atMs: number): Place => {
    const percent = (100 * (atMs - startMs)) / lengthMs;
    return { atMs, percent: Math.min(Math.max(percent, 0), 100), beyond: percent < 0 || percent > 100 };
  };
  const now = place(nowMs);
  const check = checkAtMs === undefined ? undefined : place(checkAtMs);
  return {
    start: place(startMs),
    end: place(expiresAtMs),
    short: place(shortFromMs),
    now,
    check: check && Math.abs(check.percent - now.percent) >= APART_PERCENT ? check : undefined,
  };
}
