import type { ServerResponse } from 'node:http';

/** The answers that a `hold` fault keeps back until `release`. */
export interface HeldAnswers {
  /** Ends with `released`, or with `gone` once the connection is closed, by whichever side. */
  wait(response: ServerResponse): Promise<'released' | 'gone'>;
  count(): number;
  /** Lets all of them go. Returns how many. */
  release(): number;
  /** Closes their connections without an answer. */
  drop(): void;
}

export function createHeldAnswers(): HeldAnswers {
  const held = new Map<ServerResponse, () => void>();
  return {
    wait(response) {
      return new Promise((resolve) => {
        if (response.destroyed) return resolve('gone');
        held.set(response, () => resolve('released'));
        response.once('close', () => {
          held.delete(response);
          resolve('gone');
        });
      });
    },
    count: () => held.size,
    release() {
      const lets = [...held.values()];
      held.clear();
      for (const letGo of lets) letGo();
      return lets.length;
    },
    drop() {
      for (const response of held.keys()) response.destroy();
    },
  };
}
