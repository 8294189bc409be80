/**
 * Keeps logins from taking the process to themselves. Each secret is checked on one of the four threads that Node also
 * verifies tokens and looks up addresses on: anybody may send logins, and tokens are to be handed out meanwhile.
 */
export type LoginQueue = {
  /** Does the work of one login, or nothing: `undefined`, at once, where the queue is full. */
  admit<T>(login: () => Promise<T>): Promise<T> | undefined;
  /** Checks a secret once it is its turn; only for a login that was admitted. */
  inTurn<T>(check: () => Promise<T>): Promise<T>;
};

/** @param atOnce how many secrets are checked at once; `waiting`: how many more logins may be admitted meanwhile */
export function createLoginQueue({ atOnce, waiting } = { atOnce: 2, waiting: 32 }): LoginQueue {
  let [places, turns] = [atOnce + waiting, atOnce];
  const next: (() => void)[] = [];
  return {
    admit(login) {
      if (places === 0) return undefined;
      places -= 1;
      return login().finally(() => (places += 1));
    },
    async inTurn(check) {
      if (turns === 0) await new Promise<void>((resolve) => next.push(resolve));
      else turns -= 1;
      try {
        return await check();
      } finally {
        const resolve = next.shift();
        if (resolve) resolve();
        else turns += 1;
      }
    },
  };
}
