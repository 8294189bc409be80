/**
 * There at once, or soon. Most callers get what is remembered: with a promise at each step our part of such a call took
 * a quarter longer.
 */
export type Soon<T> = T | Promise<T>;

/** Goes on with a value as soon as it is there: at once where it is. What `next` throws is then thrown at once, too. */
export function whenThere<T, Next>(value: Soon<T>, next: (value: T) => Soon<Next>): Soon<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
